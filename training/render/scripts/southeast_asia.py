"""Plates of Thailand, Laos and Cambodia."""

from training.render.latin.pattern import Format
from training.render.scripts.script import Script

_THAI_SCRIPT = Script(
    letters=tuple("กขฃคฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ"),
    fonts=(
        "ArundinaSans-Bold",
        "TlwgTypist-Bold",
        "Garuda-Bold",
        "Loma-Bold",
        "Waree-Bold",
        "Umpush-Bold",
        "Sawasdee-Bold",
        "Laksaman-Bold",
        "TlwgTypo-Bold",
        "TlwgMono-Bold",
        "TlwgTypewriter-Bold",
        "Norasi-Bold",
        "Kinnari-Bold",
        "Purisa-Bold",
        "NotoSansThai-Bold",
        "NotoLoopedThai-Bold",
        "NotoSerifThai-Bold",
    ),
    reference="ก",
    scale=(0.92, 1.04),
)
_LAO_SCRIPT = Script(
    letters=tuple("ກຂຄງຈສຊຍດຕຖທນບປຜຝພຟມຢຣລວຫອຮ"),
    fonts=(
        "NotoLoopedLao-Bold",
        "DejaVuSansCondensed-Bold",
        "NotoSansLao-Bold",
        "NotoSerifLao-Bold",
        "NotoSansLaoUI-Bold",
        "Phetsarath_OT",
        "DejaVuSans-Bold",
    ),
    reference="ກ",
    scale=(0.9, 1.02),
)
_KHMER_SCRIPT = Script(
    letters=tuple("កខគឃងចឆជញដណតថទនបផពភមយរលវសហអ"),
    fonts=(
        "KhmerOSmetalchrieng",
        "KhmerOSsiemreap",
        "Mondulkiri-B",
        "Busra-B",
        "NotoSansKhmer-Bold",
        "NotoSerifKhmer-Bold",
        "KhmerOS",
        "KhmerOSsys",
        "KhmerOSbattambang",
        "KhmerOSbokor",
        "KhmerOSmuollight",
        "KhmerOSfreehand",
    ),
    reference="ក",
    scale=(0.8, 1.0),
)
_THAI_PROVINCES = (
    *("กรุงเทพมหานคร",) * 4,
    "ชลบุรี",
    "เชียงใหม่",
    "นนทบุรี",
    "ขอนแก่น",
    "สงขลา",
    "ภูเก็ต",
    "นครราชสีมา",
    "ระยอง",
    "ลำปาง",
    "ชุมพร",
)
THAILAND = (
    Format(
        patterns=(*("9ss 9999", "ss 9999") * 3, "9ss 999", "ss 99", "9ss 9", "ss-9999", "s-9999"),
        footer=_THAI_PROVINCES,
        caption=(0.22, 0.3),
        aspect=(1.9, 2.4),
        backgrounds=("white", "white", "white", "white", "pale", "yellow", "red"),
        inks=("black", "black", "black", "navy", "green"),
        script=_THAI_SCRIPT,
        weight=5,
    ),
    Format(
        patterns=("99-9999", "99-999", "9-9999"),
        footer=_THAI_PROVINCES,
        caption=(0.22, 0.3),
        aspect=(1.9, 2.4),
        backgrounds=("white", "yellow"),
        script=_THAI_SCRIPT,
    ),
)
THAILAND_TWO_ROWS = (
    Format(
        patterns=("9ss/9999", "sss/999", "9ss/999", "sss/99", "9ss/9999"),
        middle=_THAI_PROVINCES,
        caption=(0.14, 0.2),
        aspect=(1.05, 1.35),
        backgrounds=("white", "white", "white", "yellow"),
        script=_THAI_SCRIPT,
    ),
)
LAO = (
    Format(
        patterns=("ss 9999", "s 9999", "ss 999"),
        header=("ກຳແພງນະຄອນ", "ກຳແພງນະຄອນ", "ສະຫວັນນະເຂດ", "ຈຳປາສັກ", "ຫຼວງພະບາງ", "ວຽງຈັນ"),
        caption=(0.2, 0.28),
        backgrounds=("yellow", "yellow", "yellow", "white", "blue", "red"),
        inks=("black", "black", "navy"),
        aspect=(1.9, 2.3),
        script=_LAO_SCRIPT,
        weight=2,
    ),
    Format(
        patterns=("ss/9999", "s/9999"),
        middle=("ກຳແພງນະຄອນ", "ຈຳປາສັກ", "ວຽງຈັນ"),
        backgrounds=("yellow", "yellow", "white"),
        aspect=(1.1, 1.5),
        script=_LAO_SCRIPT,
    ),
)
KHMER = (
    Format(
        patterns=("9A-9999", "9AA-9999", "9A 9999"),
        header=("ភ្នំពេញ", "ភ្នំពេញ", "កណ្ដាល", "សៀមរាប", "បាត់ដំបង", "កំពង់ចាម"),
        footer=("PHNOM PENH", "KANDAL", "SIEM REAP", "BATTAMBANG", "KAMPONG CHAM"),
        caption=(0.18, 0.24),
        inks=("navy", "navy", "black"),
        aspect=(2.0, 4.2),
        script=_KHMER_SCRIPT,
        weight=3,
    ),
    Format(
        patterns=("9A/9999", "9AA/9999"),
        header=("ភ្នំពេញ", "កណ្ដាល", "តាកែវ"),
        inks=("navy", "black"),
        aspect=(1.2, 1.5),
        script=_KHMER_SCRIPT,
    ),
    Format(patterns=("ss 9999", "s-9999"), aspect=(2.0, 4.2), script=_KHMER_SCRIPT, weight=0.7),
)
