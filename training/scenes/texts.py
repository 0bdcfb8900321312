"""What is written on pictures and roads beside plates: captions, signs, sheets, vehicles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np

# Words seen on vehicles, gates and roads. Without digits mixed in, so that none is a plate.
WORDS: Final = (
    "TAXI", "POLICE", "BUS", "PARKING", "STOP", "SLOW", "EXIT", "ENTRANCE", "TOYOTA", "HONDA",
    "VOLVO", "TURBO", "HYBRID", "AWD", "TDI", "SUZUKI", "FORD", "NISSAN", "KIA", "SCHOOL BUS",
    "DELIVERY", "EXPRESS", "RENT", "SALE", "HOTEL", "CAFE", "BANK", "MARKET", "CAUTION", "ONE WAY",
    "NO ENTRY", "AUTO", "MOTORS", "SERVICE", "DIESEL", "ELECTRIC", "LONG VEHICLE", "BMW", "AUDI",
    "HYUNDAI", "CHERY", "BYD", "GEELY", "PASSAT", "JETTA", "CAMRY", "ACCORD", "COROLLA", "VW",
    "AMBULANCE", "FIRE", "TOLL", "CUSTOMS", "DANGER", "SPORT", "LIMITED", "CARGO", "LOGISTICS",
    "BABY ON BOARD", "WASH ME", "KEEP CLEAR", "FOR SALE", "OPEN", "CLOSED", "PHARMACY", "PIZZA",
    "SORTIE", "AUSFAHRT", "EINFAHRT", "SALIDA", "PELIGRO", "USCITA", "WYJAZD", "LIVRAISON",
    "WERKSTATT", "FARMACIA", "PANADERIA", "TRANSPORTE", "SICHERHEIT", "KEIN ZUTRITT", "PRIVATE",
)  # fmt: skip

# Words of other scripts, each with the script's name as the faces are chosen by.
SCRIPTS: Final[dict[str, tuple[str, ...]]] = {
    "han": ("停车场", "出口", "入口", "禁止停车", "公安", "急救", "出租", "限速", "物流", "快递",
            "收费站", "减速慢行", "道路", "学校", "注意安全", "监控", "東側道路", "駐車場"),
    "cyrillic": ("ВЫХОД", "СТОП", "ТАКСИ", "АПТЕКА", "ПРОДАЖА", "МОЛОКО", "МАГАЗИН", "УЛИЦА",
                 "ПОЛИЦИЯ", "ДОСТАВКА", "РЕМОНТ", "КАФЕ", "КАМЕРА", "СКОРОСТЬ"),
    "greek": ("ΕΞΟΔΟΣ", "ΤΑΞΙ", "ΦΑΡΜΑΚΕΙΟ", "ΑΣΤΥΝΟΜΙΑ", "ΕΙΣΟΔΟΣ"),
    "arabic": ("موقف", "خروج", "شرطة", "مدرسة", "مطعم", "الطريق", "تاكسي", "صيدلية"),
    "thai": ("ทางออก", "ตำรวจ", "ร้านอาหาร", "หยุด", "โรงเรียน", "รถรับจ้าง"),
    "hangul": ("주차장", "출구", "경찰", "택배", "식당", "어린이보호구역", "약국"),
    "kana": ("タクシー", "ゆっくり", "カメラ", "ラーメン", "コンビニ"),
    "devanagari": ("निकास", "पुलिस", "बाजार", "विद्यालय", "रुकिए"),
    "bengali": ("থামুন", "পুলিশ", "বাজার", "বিদ্যালয়"),
    "hebrew": ("יציאה", "משטרה", "חניה", "מסעדה"),
}  # fmt: skip

_PLACES: Final = (
    "MAIN ST", "GATE", "NORTH GATE", "EAST", "WEST EXIT", "LOBBY", "RAMP", "BRIDGE", "HIGHWAY",
    "PARKING LOT", "TOLL PLAZA", "JUNCTION", "RING ROAD", "ENTRY", "LANE", "WAREHOUSE", "HARBOUR",
    "STATION RD", "PARK AVE", "LEVEL", "ZUFAHRT", "TOR", "PORTAL", "PUENTE", "KREUZUNG", "SITE",
)  # fmt: skip
_MONTHS: Final = (
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
)
_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_DEVICES: Final = (
    "CAM",
    "CAMERA",
    "CH",
    "IPC",
    "DVR",
    "NVR",
    "LANE",
    "ZONE",
    "UNIT",
    "POST",
    "IPCAM",
)


def pick(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    """Return one of the choices."""
    return choices[int(rng.integers(len(choices)))]


def digits(rng: np.random.Generator, low: int, high: int) -> str:
    """Return ``low`` to ``high`` random digits."""
    return "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(low, high + 1))))


def letters(rng: np.random.Generator, low: int, high: int) -> str:
    """Return ``low`` to ``high`` random Latin capitals."""
    count = int(rng.integers(low, high + 1))
    return "".join(chr(65 + int(code)) for code in rng.integers(0, 26, count))


def date_or_time(rng: np.random.Generator) -> str:
    """Return a date, a time or both in one of many notations."""
    y, mo, d, h, mi, s = (
        int(v) for v in rng.integers([1999, 1, 1, 0, 0, 0], [2032, 13, 29, 24, 60, 60])
    )
    day = pick(rng, _DAYS)
    date = pick(
        rng,
        (
            f"{y}-{mo:02d}-{d:02d}", f"{y}/{mo:02d}/{d:02d}", f"{d:02d}.{mo:02d}.{y}",
            f"{mo:02d}-{d:02d}-{y}", f"{d:02d}/{mo:02d}/{y % 100:02d}", f"{y}{mo:02d}{d:02d}",
            f"{d:02d} {_MONTHS[mo - 1]} {y}", f"{_MONTHS[mo - 1]} {d} {y}",
            f"{y}年{mo:02d}月{d:02d}日",
        ),
    )  # fmt: skip
    time = pick(
        rng,
        (
            f"{h:02d}:{mi:02d}:{s:02d}", f"{h:02d}:{mi:02d}", f"{h % 12 + 1}:{mi:02d} PM",
            f"{h:02d}{mi:02d}{s:02d}", f"{h:02d}:{mi:02d}:{s:02d}.{int(rng.integers(1000)):03d}",
        ),
    )  # fmt: skip
    return pick(rng, (date, time, f"{date} {time}", f"{date} {day} {time}", f"{time} {date}"))


def _device(rng: np.random.Generator) -> str:
    number = digits(rng, 1, 3)
    name = pick(rng, _DEVICES)
    gap = pick(rng, ("", "", " ", "-", "_"))
    return pick(
        rng,
        (
            f"{name}{gap}{number}", f"{name}{gap}{number}",
            f"{name}{number}LANE{digits(rng, 1, 1)}",
            f"{name} {number} {pick(rng, _PLACES)}", f"{pick(rng, _PLACES)} {name}{number}",
            f"CH{digits(rng, 2, 2)}LANE{digits(rng, 1, 1)}",
            f"{letters(rng, 2, 4)}{gap}{digits(rng, 3, 8)}",
        ),
    )  # fmt: skip


def _reading(rng: np.random.Generator) -> str:
    """A number that a camera measured or counts."""
    value = int(rng.integers(5, 190))
    lat, lon = rng.uniform(0, 90), rng.uniform(0, 180)
    return pick(
        rng,
        (
            f"{value} km/h", f"{value}KM/H", f"SPEED {value}", f"V={value}.{value % 10}",
            f"{value} MPH",
            f"N{lat:.5f} E{lon:.5f}", f"{lat:.4f}, {lon:.4f}", f"GPS {lat:.3f} {lon:.3f}",
            f"F{digits(rng, 4, 7)}", f"FRAME {digits(rng, 3, 6)}", f"#{digits(rng, 4, 8)}",
            f"{int(rng.integers(-20, 45))}°C", f"REC {digits(rng, 2, 2)}:{digits(rng, 2, 2)}",
            f"{int(rng.integers(1, 60))} FPS", f"{int(rng.integers(500, 9000))}K", f"LIMIT {value}",
            f"T{digits(rng, 1, 2)} L{digits(rng, 1, 2)}", f"1/{int(rng.integers(50, 2000))} F2.8",
            f"ISO{int(rng.integers(1, 64)) * 100}", f"ID:{digits(rng, 3, 10)}",
        ),
    )  # fmt: skip


def _mark(rng: np.random.Generator) -> str:
    """A site's watermark or a long licence-like number of several words."""
    word = pick(rng, WORDS)
    name = word.lower().replace(" ", "")
    return pick(
        rng,
        (
            f"{name}.com", f"www.{name}.net", f"@{name}{digits(rng, 1, 3)}", f"© {word.title()}",
            f"{word.title()} {pick(rng, WORDS).title()}", f"{name}{digits(rng, 2, 4)}", word,
            f"LICENCE {letters(rng, 2, 3)} {digits(rng, 4, 6)}", f"PLATE NO {digits(rng, 3, 5)}",
            f"{letters(rng, 2, 3)}-{digits(rng, 3, 4)}-{letters(rng, 2, 3)}-{digits(rng, 2, 4)}",
            f"CASE {digits(rng, 3, 4)} {letters(rng, 2, 2)} {digits(rng, 2, 4)}",
        ),
    )  # fmt: skip


def caption_text(rng: np.random.Generator) -> str:
    """Return what a camera, a recorder or a site writes over a picture, one line."""
    kind = rng.random()
    if kind < 0.28:
        return date_or_time(rng)
    if kind < 0.52:
        return _device(rng)
    if kind < 0.72:
        return _reading(rng)
    if kind < 0.82:
        return digits(rng, 3, 12)
    return _mark(rng)


def number_text(rng: np.random.Generator) -> str:
    """Return a number of the road that is no plate's: bay, route, price, telephone, fleet."""
    cents = digits(rng, 2, 2)
    return pick(
        rng,
        (
            digits(rng, 1, 3), digits(rng, 1, 2), digits(rng, 9, 12), f"+{digits(rng, 11, 13)}",
            f"{digits(rng, 3, 4)}-{digits(rng, 3, 4)}-{digits(rng, 3, 4)}",
            f"({digits(rng, 3, 3)}) {digits(rng, 3, 3)}-{digits(rng, 4, 4)}",
            f"0{digits(rng, 2, 3)} {digits(rng, 3, 3)} {digits(rng, 2, 4)}",
            f"TEL {digits(rng, 7, 11)}",
            f"1-800-{letters(rng, 7, 7)}", f"{digits(rng, 3, 3)}-{digits(rng, 4, 4)}",
            f"{digits(rng, 1, 2)}.{cents}", f"{digits(rng, 1, 3)},{cents} €",
            f"${digits(rng, 1, 5)}",
            f"A{digits(rng, 1, 3)}", f"E {digits(rng, 2, 2)}", f"S{digits(rng, 1, 3)}",
            f"G{digits(rng, 2, 4)}",
            f"{digits(rng, 2, 3)} km", f"{digits(rng, 1, 2)}.{digits(rng, 1, 1)} t",
            f"{digits(rng, 1, 2)} m",
            f"P{digits(rng, 1, 1)}", f"No {digits(rng, 1, 3)}",
            f"{digits(rng, 2, 2)}:00-{digits(rng, 2, 2)}:00",
            f"-{digits(rng, 2, 2)}%", f"{digits(rng, 1, 3)} {pick(rng, WORDS)}",
        ),
    )  # fmt: skip


def sheet_text(rng: np.random.Generator) -> str:
    """Return what stands on a sign, a sticker or a sheet: words, or a number that is no plate's."""
    kind = rng.random()
    if kind < 0.42:
        return pick(rng, WORDS)
    if kind < 0.54:
        return f"{pick(rng, WORDS)} {pick(rng, WORDS)}"
    if kind < 0.64:
        return pick(rng, WORDS).title()
    if kind < 0.70:
        return chr(int(rng.integers(65, 91)))
    return number_text(rng)
