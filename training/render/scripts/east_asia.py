"""Plates of Korea and Japan."""

from training.render.latin.pattern import Format
from training.render.scripts.script import Script

_KOREAN_SCRIPT = Script(
    letters=tuple(
        "가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자하허호배육해공국합"
    ),
    words=("서울", "부산", "대구", "인천", "광주", "대전", "울산", "경기", "강원", "충북", "충남"),
    fonts=(
        "NanumBarunpenB",
        "hline",
        "LexiGulim",
        "wqy-microhei",
        "NanumSquareR",
        "NotoSansCJK-Bold",
        "NotoSansCJK-Regular",
        "NanumGothicBold",
        "NanumGothicExtraBold",
        "NanumGothic",
        "NanumBarunGothicBold",
        "NanumSquareB",
        "NanumSquareRoundB",
        "NanumSquareEB",
        "NanumGothicCodingBold",
        "dotum",
        "gulim",
    ),
    reference="가",
    scale=(0.62, 0.98),
)
_JAPANESE_SCRIPT = Script(
    letters=tuple(
        "あいうえかきくけこさすせそたちつてとなにぬねのはひふほまみむめもやゆよらりるれろわ"
    ),
    words=(
        "品川",
        "横浜",
        "大阪",
        "神戸",
        "千葉",
        "札幌",
        "福岡",
        "仙台",
        "京都",
        "新潟",
        "広島",
        "練馬",
        "足立",
    ),
    fonts=(
        "MTLc3m",
        "Mplus2-Bold",
        "KleeOne-SemiBold",
        "NotoSansCJK-Bold",
        "NotoSansCJK-Regular",
        "Mplus1-Bold",
        "ipag",
        "ipaexg",
        "TakaoGothic",
        "TakaoPGothic",
        "ume-tgo5",
        "ume-hgo4",
        "migmix-1p-bold",
    ),
    reference="さ",
    scale=(0.55, 0.7),
)
_KOREAN_CITIES = (
    "[서울]",
    "[부산]",
    "[대구]",
    "[인천]",
    "[경기]",
    "[강원]",
    "[대전]",
)
KOREA = (
    Format(
        patterns=("999s 9999", "99s 9999", "999s9999", "99s9999"),
        backgrounds=("white", "white", "white", "sky", "pale"),
        aspect=(3.0, 5.0),
        script=_KOREAN_SCRIPT,
        weight=4,
    ),
    Format(
        patterns=tuple(f"{city}99s 9999" for city in _KOREAN_CITIES),
        backgrounds=("yellow", "yellow", "white"),
        aspect=(3.6, 4.8),
        script=_KOREAN_SCRIPT,
        weight=2,
    ),
    Format(
        patterns=("999s 9999", "99s 9999"),
        left="KOR",
        aspect=(4.2, 4.9),
        script=_KOREAN_SCRIPT,
    ),
)
KOREA_TWO_ROWS = (
    Format(
        patterns=(
            "서울 99/s 9999",
            "경기 99/s9999",
            "부산 9/s 9999",
            "99s/9999",
            "99 s/9999",
            "인천99/s9999",
        ),
        backgrounds=("yellow", "green", "green", "white", "black"),
        aspect=(1.7, 2.1),
        upper=(0.3, 0.42),
        script=_KOREAN_SCRIPT,
        weight=3,
    ),
    Format(
        patterns=("서울 강남/s 9999", "경기 수원/s 9999", "대구 중/s9999"),
        backgrounds=("white", "pale"),
        inks=("navy", "black"),
        aspect=(1.6, 2.0),
        upper=(0.3, 0.4),
        script=_KOREAN_SCRIPT,
    ),
)
JAPAN = (
    Format(
        patterns=tuple(
            f"{region} {serial}"
            for region in (
                "品川",
                "横浜",
                "大阪",
                "神戸",
                "名古屋",
                "札幌",
                "福岡",
                "京都",
                "足立",
                "練馬",
            )
            for serial in ("999/s 99-99", "999/s 99-99", "99/s .9-99", "999/s ..99", "500/s 99-99")
        ),
        backgrounds=("white", "white", "yellow", "yellow", "green", "black"),
        inks=("green", "black"),
        aspect=(1.9, 2.1),
        upper=(0.32, 0.4),
        script=_JAPANESE_SCRIPT,
    ),
)
