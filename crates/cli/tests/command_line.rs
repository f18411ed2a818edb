//! The real program with real Blender.

#[allow(dead_code, reason = "not every test needs all of it")]
mod support;

use std::{path::PathBuf, process::Output};
use support::{json, run, skipped, text, veriframe};
use veriframe_testkit::{Scene, TempHome, frames::assert_same_pixels, scenes::render_plainly};

/// The same where the home's coordinator keeps books.
fn in_credits(home: &TempHome, arguments: &[&str]) -> Output {
    let mut command = veriframe(home);
    command.env("VERIFRAME_MONEY", "credits").args(arguments);
    command.output().expect("the program starts")
}

#[test]
fn the_cid_is_the_first_word_of_the_last_line() {
    let home = TempHome::new();
    let file = home.beside().join("hello.txt");
    std::fs::write(&file, "hello world").unwrap();
    let output = run(&home, &["cid", file.to_str().unwrap()]);
    let printed = text(&output.stdout);
    let last = printed.lines().last().unwrap();
    assert_eq!(
        last.split_whitespace().next(),
        Some("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e")
    );
}

#[test]
fn every_bad_input_has_its_own_message_and_code() {
    let home = TempHome::new();
    let file = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = home.beside().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let folder = home.beside().join("folder.blend");
    std::fs::create_dir(&folder).unwrap();
    let cases = [
        (file("text.blend", b"hello, this is no scene at all"), "not_a_blend"),
        (file("empty.blend", b""), "empty_file"),
        (file("cut.blend", b"BLENDER-v304REND"), "truncated"),
        (folder, "is_folder"),
        (home.beside().join("nowhere.blend"), "not_found"),
    ];
    let mut messages = std::collections::BTreeSet::new();
    for (path, code) in &cases {
        let out = home.beside().join("out");
        let path = path.to_str().unwrap();
        let output = run(
            &home,
            &[
                "render",
                path,
                "--frames",
                "1",
                "--out",
                out.to_str().unwrap(),
                "--json",
            ],
        );
        assert_eq!(output.status.code(), Some(3), "{path}: {}", text(&output.stderr));
        let error = json(&output)["error"].clone();
        assert_eq!(error["code"], *code, "{path}");
        messages.insert(error["message"].to_string());
        let inspected = run(&home, &["inspect", path, "--json"]);
        assert_eq!(inspected.status.code(), Some(3), "{path}");
        assert_eq!(json(&inspected)["error"]["code"], *code, "{path}");
    }
    assert_eq!(messages.len(), cases.len());
}

#[test]
fn a_coordinator_that_is_down_is_said() {
    let home = TempHome::new();
    // Port 9 is the discard service, which nobody runs.
    let output = run(&home, &["jobs", "list", "--coordinator", "http://127.0.0.1:9"]);
    assert_eq!(output.status.code(), Some(5), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("does not answer"));
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let home = TempHome::new();
    assert_eq!(run(&home, &["render"]).status.code(), Some(2));
    assert_eq!(
        run(&home, &["render", "a.blend", "--percent", "0", "--out", "x"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn rendered_frames_equal_those_of_plain_blender() {
    if skipped() {
        return;
    }
    let home = TempHome::new();
    let scene = Scene::default().write(home.beside(), "turning cube.blend");
    let out = home.beside().join("frames");
    let output = run(
        &home,
        &[
            "render",
            scene.to_str().unwrap(),
            "--frames",
            "2-4",
            "--out",
            out.to_str().unwrap(),
            "--json",
        ],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let result = json(&output);
    assert_eq!(result["state"], "complete");
    assert_eq!(result["frames"].as_array().unwrap().len(), 3);
    render_plainly(&scene, 2, 4, home.beside());
    for frame in ["frame_0002.png", "frame_0003.png", "frame_0004.png"] {
        assert_same_pixels(&out.join(frame), &home.beside().join(frame));
    }
    let list = json(&run(&home, &["jobs", "list", "--json"]));
    let job = list[0]["id"].as_str().unwrap();
    let again = home.beside().join("again");
    let saved = run(
        &home,
        &[
            "jobs",
            "save",
            &job[..8],
            "--out",
            again.to_str().unwrap(),
            "--frames",
            "3",
            "--json",
        ],
    );
    assert_eq!(json(&saved)["files"], 1);
    assert_eq!(
        std::fs::read(again.join("frame_0003.png")).unwrap(),
        std::fs::read(out.join("frame_0003.png")).unwrap()
    );
}

#[test]
fn a_still_in_pieces_is_joined_into_the_frame_of_plain_blender() {
    if skipped() {
        return;
    }
    let home = TempHome::new();
    let undithered = Scene {
        // Blender lays the noise of dithering out from the corner of what it renders.
        extra: "scene.render.dither_intensity = 0".to_owned(),
        ..Scene::default()
    };
    let scene = undithered.write(home.beside(), "still.blend");
    let out = home.beside().join("frames");
    let render = |frames: &str, pieces: &str| {
        let (scene, out) = (scene.to_str().unwrap(), out.to_str().unwrap());
        in_credits(
            &home,
            &[
                "render", scene, "--frames", frames, "--pieces", pieces, "--out", out, "--json",
            ],
        )
    };
    let output = render("3", "3x2");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let result = json(&output);
    assert_eq!(result["state"], "complete");
    let frames = result["frames"].as_array().unwrap();
    assert_eq!((frames.len(), &frames[0]["frame"]), (1, &3.into()));
    let names: Vec<_> = std::fs::read_dir(&out)
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(names, ["frame_0003.png"], "no piece is left beside the picture");
    render_plainly(&scene, 3, 3, home.beside());
    assert_same_pixels(&out.join("frame_0003.png"), &home.beside().join("frame_0003.png"));

    // Each piece was a unit of its own, and has its part of the frame's price: a cent, divided by six and rounded up. Whoever
    // renders it for itself pays nothing.
    let list = json(&in_credits(&home, &["jobs", "list", "--json"]));
    let money = &list[0]["money"];
    assert_eq!(
        (&money["price_per_frame"], &money["spent"]),
        (&"1666666666666667".into(), &"0".into())
    );
    assert_eq!(
        (&list[0]["frames_done"], &list[0]["frames_total"]),
        (&6.into(), &6.into())
    );
    let again = home.beside().join("again");
    let job = list[0]["id"].as_str().unwrap();
    let saved = run(
        &home,
        &["jobs", "save", &job[..8], "--out", again.to_str().unwrap(), "--json"],
    );
    assert_eq!(json(&saved)["files"], 1);
    assert_eq!(
        std::fs::read(again.join("frame_0003.png")).unwrap(),
        std::fs::read(out.join("frame_0003.png")).unwrap()
    );

    let refused = render("3-4", "2x2");
    assert_eq!(
        json(&refused)["error"]["code"],
        "invalid_settings",
        "{}",
        text(&refused.stderr)
    );
    assert_eq!(render("3", "2").status.code(), Some(2), "a wrong word");
}

#[test]
fn what_would_waste_money_is_refused_before_anything_is_packed() {
    if skipped() {
        return;
    }
    let home = TempHome::new();
    let cases = [
        ("scene.camera = None", "no_camera", 3),
        ("scene.cycles.use_denoising = True", "no_denoiser", 4),
        (MISSING_TEXTURE, "missing_files", 3),
    ];
    let ours_denoises = blender_has_a_denoiser();
    for (extra, code, exit) in cases {
        if code == "no_denoiser" && ours_denoises {
            eprintln!("SKIPPED: this Blender has a denoiser");
            continue;
        }
        let scene = Scene {
            extra: extra.to_owned(),
            ..Scene::default()
        }
        .write(home.beside(), "bad.blend");
        let output = run(&home, &["post", scene.to_str().unwrap(), "--frames", "1", "--json"]);
        assert_eq!(json(&output)["error"]["code"], code, "{}", text(&output.stderr));
        assert_eq!(output.status.code(), Some(exit), "{code}");
    }
    assert_eq!(json(&run(&home, &["jobs", "list", "--json"])), serde_json::json!([]));
}

const MISSING_TEXTURE: &str = "
image = bpy.data.images.new('wood', 8, 8)
image.filepath_raw = FOLDER + '/wood.png'
image.file_format = 'PNG'
image.save()
bpy.data.images.remove(image)
material = bpy.data.materials.new('Lane')
material.use_nodes = True
node = material.node_tree.nodes.new('ShaderNodeTexImage')
node.image = bpy.data.images.load(FOLDER + '/wood.png')
material.node_tree.links.new(node.outputs[0], material.node_tree.nodes['Principled BSDF'].inputs[0])
cube.data.materials.clear()
cube.data.materials.append(material)
";

fn blender_has_a_denoiser() -> bool {
    let home = TempHome::new();
    let report = json(&run(&home, &["doctor", "--json"])).to_string().to_lowercase();
    report.contains("openimagedenoise") && !report.contains("no denoiser")
}
