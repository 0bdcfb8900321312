"""Plates with Arabic and Persian marks: North Africa, the Near East, the Gulf, Iran."""

from training.render.latin.pattern import Format
from training.render.scripts.script import Script

_ARABIC_FONTS = (
    "FreeFarsi-Bold",
    "Scheherazade-Bold",
    "Lateef-Bold",
    "KacstOffice",
    "KacstFarsi",
    "KacstDigital",
    "PakType Naqsh",
    "ae_Cortoba",
    "NotoSansArabic-Bold",
    "NotoKufiArabic-Bold",
    "NotoNaskhArabic-Bold",
    "NotoSansArabicUI-Bold",
    "KacstOne-Bold",
    "KacstTitle",
    "KacstPoster",
    "KacstScreen",
    "Amiri-Bold",
    "Thabit-Bold",
    "ae_AlArabiya",
    "ae_Arab",
    "ae_Dimnah",
    "ae_Furat",
    "ae_Hani",
    "ae_Metal",
    "ae_Nada",
    "ae_Sharjah",
    "ae_Sindbad",
    "ae_Tholoth",
    "ae_AlHor",
    "ae_AlBattar",
    "DejaVuSans-Bold",
    "DejaVuSansCondensed-Bold",
    "DejaVuSansMono-Bold",
    "Harmattan-Bold",
    "FreeSerifBold",
)
_ARABIC_SCRIPT = Script(
    letters=tuple("أبتجحدرزسشصطعفقلمنهوي"),
    digits="٠١٢٣٤٥٦٧٨٩",
    words=("تونس",),
    fonts=_ARABIC_FONTS,
    reference="أ",
    scale=(0.85, 1.05),
)
# Tunisia's word and Morocco's letter between Latin digits are smaller than these.
_MAGHREB_SCRIPT = Script(
    letters=tuple("أبدهوط"),
    words=(*("تونس",) * 8, "نت", "نت", "ليبيا"),
    fonts=_ARABIC_FONTS,
    reference="أ",
    scale=(0.5, 0.85),
)
_PERSIAN_SCRIPT = Script(
    letters=("ب", "ج", "د", "س", "ص", "ط", "ق", "ل", "م", "ن", "و", "هـ", "ی", "ت", "ع"),
    digits="۰۱۲۳۴۵۶۷۸۹",
    words=("الف",),
    fonts=(
        "homa",
        "nazlib",
        "titr",
        "FreeFarsi-Bold",
        "Scheherazade-Bold",
        "KacstOne-Bold",
        "Thabit-Bold",
        "NotoSansArabic-Bold",
        "NotoKufiArabic-Bold",
        "NotoNaskhArabic-Bold",
        "DejaVuSans-Bold",
        "DejaVuSansCondensed-Bold",
        "Amiri-Bold",
    ),
    reference="۱",
    scale=(0.8, 1.05),
)
_EGYPT = ("EGYPT  مصر", "مصر   EGYPT", "مصر", "EGYPT")
ARABIC = (
    # Tunisia
    Format(
        patterns=(*("999 w 9999",) * 3, "99 w 9999", "999 w 999", "99 w 999", "w 999999"),
        backgrounds=("black", "black", "black", "black", "white", "blue"),
        aspect=(4.2, 5.0),
        script=_MAGHREB_SCRIPT,
        sign_fonts=0.7,
        weight=4,
    ),
    # Morocco
    Format(
        patterns=("99999|s|9", "99999|s|99", "9999|s|9", "9 s 99999", "99999-s-99"),
        aspect=(4.2, 5.0),
        script=_MAGHREB_SCRIPT,
        weight=1.5,
    ),
    # Egypt, Iraq
    Format(
        patterns=("dddd|s s s", "ddd|s s s", "dddd|s s", "ddd s s s", "dddd s s s"),
        header=_EGYPT,
        right="band",
        strip="sky",
        aspect=(1.9, 2.4),
        script=_ARABIC_SCRIPT,
        weight=2,
    ),
    Format(
        patterns=("s ddddd", "ddddd s", "dddddd", "s dddd", "dd s ddddd"),
        backgrounds=("white", "white", "red", "yellow", "black"),
        header=("", "العراق", "بغداد", "دمشق", "السودان"),
        aspect=(2.0, 4.8),
        script=_ARABIC_SCRIPT,
        weight=1.5,
    ),
    # the Gulf and the Levant: Latin digits, a country's or emirate's name in both scripts
    Format(
        patterns=("A 99999", "AA 99999", "A 9999", "999999", "99-99999", "9 99999", "9999 AA"),
        header=(
            "دبي  DUBAI",
            "ابوظبي",
            "قطر",
            "الكويت",
            "عمان",
            "لبنان",
            "الأردن JORDAN",
            "AJMAN عجمان",
        ),
        backgrounds=("white", "white", "white", "yellow", "red", "green"),
        inks=("black", "black", "red", "navy"),
        aspect=(2.0, 4.6),
        caption=(0.14, 0.26),
        script=_ARABIC_SCRIPT,
        weight=2,
    ),
    # Iran
    Format(
        patterns=("dd s ddd|dd", "dd s ddd|dd", "ddd s dd"),
        left="I.R.",
        backgrounds=("white", "white", "white", "yellow", "red", "green"),
        aspect=(4.2, 4.8),
        script=_PERSIAN_SCRIPT,
        weight=2,
    ),
)
ARABIC_TWO_ROWS = (
    # Egypt's motorcycles, Iraq, Sudan
    Format(
        patterns=("s s s/dddd", "s s/dddd", "s s s/ddd", "s s s/dddd"),
        header=_EGYPT,
        right="band",
        strip="sky",
        aspect=(0.95, 1.3),
        upper=(0.42, 0.5),
        script=_ARABIC_SCRIPT,
        weight=4,
    ),
    Format(
        patterns=("ddd/ddddd", "s/ddddd", "dd s/ddd", "ddd/s ddd"),
        backgrounds=("white", "yellow", "black", "red"),
        aspect=(1.2, 2.0),
        script=_PERSIAN_SCRIPT,
    ),
    # Tunisia's and Morocco's
    Format(
        patterns=("999 w/9999", "99 w/9999", "w/999999", "99999/s 9", "99-s/99999", "99|s/99999"),
        backgrounds=("black", "black", "white"),
        aspect=(1.2, 1.8),
        script=_MAGHREB_SCRIPT,
        weight=2,
    ),
    # the Gulf: a letter above the digits
    Format(
        patterns=("A/99999", "99/99999", "A/9999"),
        middle=("دبي", "ابوظبي", "الشارقة", "عمان"),
        backgrounds=("white", "yellow", "red"),
        aspect=(1.2, 1.9),
        script=_ARABIC_SCRIPT,
    ),
)
# Forty numbers in Arabic marks: any will do for a row that is not read.
_ARABIC_ROWS = tuple(
    "".join(_ARABIC_SCRIPT.digits[start * step % 10] for step in range(1, 4 + start % 2))
    + "  "
    + " ".join(_ARABIC_SCRIPT.letters[(start * step + step) % 21] for step in range(1, 4))
    for start in range(1, 41)
)
# Saudi Arabia: the number above in Arabic, below in Latin marks, right to left and left to right.
SAUDI = (
    Format(
        patterns=("9999|AAA", "999|AAA", "9999 AAA", "99|AAA", "9|AAA"),
        header=_ARABIC_ROWS,
        caption=(0.3, 0.4),
        left="KSA",
        strip="grey",
        letters="ABDEGHJKLNRSTUVXZ",
        backgrounds=("white", "white", "white", "yellow", "sky"),
        aspect=(2.0, 4.6),
        script=_ARABIC_SCRIPT,
    ),
)
