use crate::read::Struct;

/// How much geometry meshes hold as stored: modifiers and instances come on top.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Geometry {
    pub meshes: u64,
    pub vertices: u64,
    pub triangles: u64,
}

impl Geometry {
    pub fn add_mesh(&mut self, mesh: Struct<'_>) {
        let count = |new: &str, old: &str| {
            let count = mesh.int(new).or_else(|| mesh.int(old));
            count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
        };
        // A polygon of n corners makes n - 2 triangles.
        let (polygons, corners) = (count("totpoly", "faces_num"), count("totloop", "corners_num"));
        self.add(Self {
            meshes: 1,
            vertices: count("totvert", "verts_num"),
            triangles: corners.saturating_sub(polygons.saturating_mul(2)),
        });
    }

    pub fn add(&mut self, other: Self) {
        self.meshes += other.meshes;
        self.vertices = self.vertices.saturating_add(other.vertices);
        self.triangles = self.triangles.saturating_add(other.triangles);
    }
}
