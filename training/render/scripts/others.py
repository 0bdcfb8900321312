"""Plates with Cyrillic, Devanagari and Bengali letters."""

from training.render.latin.pattern import Format
from training.render.scripts.script import Script

_CYRILLIC_SCRIPT = Script(
    letters=tuple("БГДЖЗИЛПФЦЧШЩЭЮЯУӨҮАВЕКМНОРСТХ"),
    fonts=(
        "Arimo-Bold",
        "FiraCode-Bold",
        "Cantarell-Bold",
        "Cousine-Bold",
        "DejaVuSans-Bold",
        "DejaVuSansCondensed-Bold",
        "DejaVuSansMono-Bold",
        "NotoSans-Bold",
        "FreeSansBold",
        "FreeMonoBold",
        "Andika-Bold",
    ),
    reference="Б",
    scale=(0.78, 1.0),
)
_DEVANAGARI_SCRIPT = Script(
    letters=("च", "प", "ख", "ज", "झ", "ह", "क", "ग", "त", "फ", "ब", "म"),
    digits="०१२३४५६७८९",
    words=("बा", "को", "ग", "ना", "लु", "से", "मे", "रा", "भे", "क", "ज", "प्रदेश", "एम", "एच", "दिल्ली"),
    fonts=(
        "kalimati",
        "nakula",
        "sahadeva",
        "samanata",
        "Samyak-Devanagari",
        "NotoSansDevanagari-Bold",
        "NotoSansDevanagariUI-Bold",
        "NotoSerifDevanagari-Bold",
        "Lohit-Devanagari",
        "Lohit-Marathi",
        "Lohit-Nepali",
        "Gargi",
        "FreeSansBold",
        "FreeSerifBold",
        "AnnapurnaSIL-Bold",
    ),
    reference="ख",
    scale=(0.9, 1.05),
)
_BENGALI_SCRIPT = Script(
    letters=tuple("গকখঘচছজঝটঠডতথদনপফবভমযরলশসহ"),
    digits="০১২৩৪৫৬৭৮৯",
    words=("ঢাকা", "মেট্রো", "চট্ট", "খুলনা", "সিলেট", "রাজ", "গাজীপুর", "বরিশাল", "যশোর"),
    fonts=(
        "Muktibold",
        "Mukti",
        "MitraMono",
        "FreeSans",
        "FreeSerif",
        "NotoSansBengali-Bold",
        "NotoSansBengaliUI-Bold",
        "NotoSerifBengali-Bold",
        "Lohit-Bengali",
        "Lohit-Assamese",
        "JamrulNormal",
        "LikhanNormal",
        "Ani",
    ),
    reference="গ",
    scale=(0.9, 1.05),
)
CYRILLIC = (
    # Mongolia
    Format(
        patterns=("9999 sss", "99-99 sss", "9999sss"),
        right="flag",
        aspect=(4.2, 4.8),
        script=_CYRILLIC_SCRIPT,
        weight=2,
    ),
    # as in the Soviet Union, and of nobody in particular
    Format(
        patterns=("s 9999 ss", "99-99 sss", "s 99-99 ss", "ss 999 ss", "999 ss 99", "s 999 ss|99"),
        backgrounds=("white", "white", "black", "yellow"),
        aspect=(3.6, 4.8),
        script=_CYRILLIC_SCRIPT,
        weight=2,
    ),
    Format(
        patterns=("99-99/sss", "9999/sss", "9999/ss", "s 999/ss 99", "ss/999"),
        backgrounds=("white", "white", "black"),
        aspect=(1.2, 1.8),
        script=_CYRILLIC_SCRIPT,
        weight=2,
    ),
)
DEVANAGARI = (
    Format(
        patterns=("w d s/dddd", "w dd s/dddd", "w d s/ddd", "w d s/dddd", "w w dd/s dddd"),
        backgrounds=("white", "red", "red", "black", "green", "yellow"),
        aspect=(1.2, 2.0),
        hand_painted=0.3,
        script=_DEVANAGARI_SCRIPT,
        weight=2,
    ),
    Format(
        patterns=("w d s dddd", "w dd s dddd", "w w dd dddd"),
        backgrounds=("white", "red", "black"),
        aspect=(4.0, 4.8),
        hand_painted=0.3,
        script=_DEVANAGARI_SCRIPT,
    ),
)
BENGALI = (
    Format(
        patterns=("w w-s/dd-dddd", "w w s/dd-dddd", "w-s/dd-dddd", "w s/dddddd"),
        backgrounds=("white", "white", "green", "yellow", "black"),
        aspect=(1.4, 2.1),
        upper=(0.36, 0.46),
        hand_painted=0.15,
        script=_BENGALI_SCRIPT,
    ),
)
