"""What a person sees in the real photos, where more than one analyzer is measured by it."""

from __future__ import annotations

FACES = {
    "people/astronaut.png": 1,
    "people/bus.jpg": 2,
    "people/zidane.jpg": 2,
    "people/portrait_official.jpg": 1,
    "people/portrait_official_2.jpg": 1,
    "people/portrait_same_person.jpg": 1,
    "people/two_people.jpg": 2,
    "people/partial_face.jpg": 1,
    "people/low_resolution.jpg": 1,
    "people/hopper.jpg": 1,
    "coffee.png": 0,
    "chelsea.png": 0,
    "orientation/portrait_1.jpg": 0,
    "orientation/portrait_6.jpg": 0,
    "exif/gps.jpg": 0,
    "exif/gps_ifd.jpg": 0,
    "exif/iphone.heic": 0,
    "exif/tiny.heif": 0,
    "exif/camera_1999.jpg": 0,
    "broken/zero_length_string.jpg": 0,
}
"""How many faces there are to be found."""

NOBODY = (
    "coffee.png",
    "chelsea.png",
    "orientation/portrait_1.jpg",
    "exif/gps.jpg",
    "exif/gps_ifd.jpg",
    "exif/camera_1999.jpg",
    "exif/iphone.heic",
    "broken/zero_length_string.jpg",
)
"""Nothing of anybody."""
