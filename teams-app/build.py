"""Draws the two icons and packs the Teams app: python3 build.py --app-id GUID --client-id GUID --host sprawy.example.pl

Writes color.png (192 x 192), outline.png (32 x 32) and sprawy.zip beside this file. Needs nothing but Python 3.
The app id is any new GUID (python3 -c "import uuid; print(uuid.uuid4())"); keep it: it is Notifications__Teams__AppId.
"""

import argparse
import pathlib
import struct
import zipfile
import zlib

HERE = pathlib.Path(__file__).parent
BLUE, WHITE, CLEAR = (31, 78, 121, 255), (255, 255, 255, 255), (0, 0, 0, 0)


def png(path, size, pixel):
    """An RGBA image; pixel(x, y) gives four bytes, x and y run from 0 to 1."""
    rows = b"".join(
        b"\0" + b"".join(bytes(pixel((x + 0.5) / size, (y + 0.5) / size)) for x in range(size)) for y in range(size)
    )

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


def in_mark(x, y):
    """A list of three lines, the last one ticked off."""
    lines = any(0.24 <= x <= end and abs(y - middle) <= 0.04 for middle, end in ((0.3, 0.76), (0.5, 0.76), (0.7, 0.46)))
    down = 0.54 <= x <= 0.63 and abs(y - (0.68 + (x - 0.54))) <= 0.055
    up = 0.63 <= x <= 0.8 and abs(y - (0.77 - (x - 0.63))) <= 0.055
    return lines or down or up


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--app-id", required=True)
    arguments.add_argument("--client-id", required=True)
    arguments.add_argument("--host", required=True, help="host name of PublicBaseUrl")
    given = arguments.parse_args()
    png(HERE / "color.png", 192, lambda x, y: WHITE if in_mark(x, y) else BLUE)
    png(HERE / "outline.png", 32, lambda x, y: WHITE if in_mark(x, y) else CLEAR)
    manifest = (HERE / "manifest.json").read_text(encoding="utf-8")
    manifest = manifest.replace("00000000-0000-0000-0000-000000000000", given.app_id)
    manifest = manifest.replace("ENTRA-CLIENT-ID", given.client_id).replace("HOST", given.host)
    with zipfile.ZipFile(HERE / "sprawy.zip", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("manifest.json", manifest)
        for icon in ("color.png", "outline.png"):
            package.write(HERE / icon, icon)
    print(HERE / "sprawy.zip")


if __name__ == "__main__":
    main()
