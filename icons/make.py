#!/usr/bin/env python3
"""Draws the mark (a frame with a check in it) in every size and format the installers want. Standard library only.

Shapes are signed distances in a unit square, so that each size is drawn and not scaled: https://iquilezles.org/articles/distfunctions2d/
"""
import struct
import zlib
from math import hypot
from pathlib import Path

ACCENT, OK, INSIDE = (0x6E, 0xA8, 0xFE), (0x5F, 0xD0, 0x8A), (0x1C, 0x1D, 0x20)
HERE = Path(__file__).parent


def rounded_square(x, y, half, radius):
    qx, qy = abs(x - 0.5) - half + radius, abs(y - 0.5) - half + radius
    return hypot(max(qx, 0), max(qy, 0)) + min(max(qx, qy), 0) - radius


def segment(x, y, ax, ay, bx, by):
    px, py, dx, dy = x - ax, y - ay, bx - ax, by - ay
    along = min(1.0, max(0.0, (px * dx + py * dy) / (dx * dx + dy * dy)))
    return hypot(px - along * dx, py - along * dy)


def over(below, colour, cover):
    """Porter-Duff `over` with straight alpha."""
    r, g, b, a = below
    total = cover + a * (1 - cover)
    if total == 0:
        return (0, 0, 0, 0)
    mix = lambda new, old: (new * cover + old * a * (1 - cover)) / total
    return (mix(colour[0], r), mix(colour[1], g), mix(colour[2], b), total)


def draw(size):
    """RGBA rows of the mark."""
    rows = bytearray()
    line = max(0.085, 1.5 / size)
    for py in range(size):
        rows.append(0)  # PNG filter: none
        for px in range(size):
            x, y = (px + 0.5) / size, (py + 0.5) / size
            cover = lambda distance: min(1.0, max(0.0, 0.5 - distance * size))
            frame = rounded_square(x, y, 0.44, 0.16)
            check = min(segment(x, y, 0.29, 0.52, 0.44, 0.67), segment(x, y, 0.44, 0.67, 0.72, 0.34))
            pixel = over((0, 0, 0, 0), INSIDE, cover(frame))
            pixel = over(pixel, ACCENT, cover(abs(frame + line / 2) - line / 2))
            pixel = over(pixel, OK, cover(check - line / 2))
            rows += bytes((round(pixel[0]), round(pixel[1]), round(pixel[2]), round(pixel[3] * 255)))
    return bytes(rows)


def png(size):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(draw(size), 9)) + chunk(b"IEND", b"")


def ico(pictures):
    """Windows: a directory, then PNGs (allowed since Vista)."""
    offset, entries, body = 6 + 16 * len(pictures), b"", b""
    for size, data in pictures:
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), offset + len(body))
        body += data
    return struct.pack("<HHH", 0, 1, len(pictures)) + entries + body


def icns(pictures):
    """macOS: typed blocks of PNG."""
    body = b"".join(kind + struct.pack(">I", len(data) + 8) + data for kind, data in pictures)
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def main():
    drawn = {size: png(size) for size in (16, 32, 48, 64, 128, 256, 512)}
    for name, size in (("32x32", 32), ("128x128", 128), ("128x128@2x", 256), ("icon", 512)):
        (HERE / f"{name}.png").write_bytes(drawn[size])
    (HERE / "icon.ico").write_bytes(ico([(size, drawn[size]) for size in (16, 32, 48, 64, 256)]))
    kinds = ((b"icp4", 16), (b"icp5", 32), (b"icp6", 64), (b"ic07", 128), (b"ic08", 256), (b"ic09", 512))
    (HERE / "icon.icns").write_bytes(icns([(kind, drawn[size]) for kind, size in kinds]))


if __name__ == "__main__":
    main()
