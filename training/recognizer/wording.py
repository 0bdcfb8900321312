"""What stands in pictures beside plates: camera names, times, counters, phone and road numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.scenes.decoys import WORDS

if TYPE_CHECKING:
    import numpy as np

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# "#" stands for a digit, "@" for a letter, other signs for themselves.
_PATTERNS = (
    "CAMERA##", "CAMERA #", "CAM ##", "CAM###", "CH##", "CH#LANE#", "LANE #", "LANE##", "CH## IN",
    "GATE #", "GATE#", "ZONE @", "IN ##", "EXIT #", "IPCAM#", "D#", "SPEED ##", "## km/h", "##.#",
    "######", "#####", "####", "###", "########", "#########", "202#####", "202#-##-##",
    "##/##/202#", "##.##.202#", "202#-##-## ##:##:##", "##:##:##", "##:##", "NO.######", "NO ##",
    "ID #####", "No.####", "0### ######", "0#-#######", "+## ### ## ##", "###-###-####",
    "TEL ######", "0## ## ## ##", "##.##", "#,##", "#.## EUR", "##,-", "$##", "##%", "@##", "@#",
    "@###", "##@", "E##", "M#", "B##", "G###", "S###", "## # ##", "@@ ####", "@@@ ###", "@@@###",
    "@@-##-@@", "@@##@@@", "#@@@###", "@@@@ ##", "@@", "@@@", "@@@@", "@@@@@", "@@@@@@",
    "@@@@@@@", "@@@ @@@", "@@ ##", "P ##", "BUS ##", "BUS###", "TAXI ###", "UNIT ##", "##.# M",
    "#.#t", "#x#", "#.# TDI", "C###", "X#", "GT#", "###d", "##FPS", "####KBPS", "H.264", "##°C",
)  # fmt: skip
_MORE_WORDS = (
    "Main Street", "North", "South", "Entrance 1", "Einfahrt", "Ausfahrt", "Parkplatz", "Sortie",
    "Salida", "Entrada", "Camera", "Front Gate", "Back Yard", "Kamera", "Wjazd", "Eingang Nord",
    "Recording", "REC", "LIVE", "No Signal", "Fire Exit", "Polizei", "Feuerwehr", "Ambulance",
    "Open", "Closed", "Visitors", "Private", "Reserved", "For Sale", "Pizza", "Supermarkt",
    "www.example.com", "example.org", "Driving School", "Learner", "How am I driving?", "Baby",
)  # fmt: skip


def wording(rng: np.random.Generator) -> str:
    """Return a line of lettering that is no plate's number, or is one on something that is none."""
    if rng.random() < 0.25:
        words = WORDS if rng.random() < 0.6 else _MORE_WORDS
        text = str(words[int(rng.integers(len(words)))])
        if rng.random() < 0.3:
            text += f" {int(rng.integers(1, 100))}"
        return text.lower() if rng.random() < 0.15 else text
    pattern = _PATTERNS[int(rng.integers(len(_PATTERNS)))]
    text = "".join(
        {"#": str(rng.integers(10)), "@": _LETTERS[int(rng.integers(26))]}.get(char, char)
        for char in pattern
    )
    if rng.random() < 0.12:
        return f"{text} {wording(rng)}"[:24]
    return text.replace(" ", "") if rng.random() < 0.2 else text
