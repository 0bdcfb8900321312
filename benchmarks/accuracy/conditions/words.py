"""The wordings of captions and sheets that are measured on; no training draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

# In a wording # stands for a digit, * for one from 1 to 9, @ for a letter.
# What cameras and recorders write by default, what operators name them, and what overlays of
# speed, place and state say.
CAPTIONS = (
    "CAM##", "CAMERA ##", "CAMERA##", "Camera *", "IPC##", "IP CAMERA", "IPCAM*", "CH##",
    "CH# LANE*", "CH##LANE*", "LANE *", "LANE##", "Lane * North", "NVR *", "DVR##", "REC", "LIVE",
    "PTZ *", "DOME##", "FRONT GATE", "GATE #@", "GATE##@", "MAIN ENTRANCE", "EXIT *@",
    "BARRIER ##", "DOCK ##", "YARD @*", "Parking P*", "LEVEL -*", "KM ##+#00", "KM###",
    "A*# KM *##", "TOLL##", "BRIDGE ##", "TUNNEL W*", "Kamera *", "Einfahrt Nord", "Spur *",
    "ENTRADA *", "SALIDA##", "SORTIE @*", "VOIE *", "USCITA *", "WJAZD *", "POST ###",
    "SITE ####", "######", "*####", "*#######", "ID ######", "SN#######", "DEV###@", "@@-CAM-##",
    "HD1080P", "4K UHD", "1920x1080 25fps", "FPS 25.0", "BITRATE 4096", "20##-0*-1# 1#:4#:3#",
    "20##/1#/2#", "1#-0*-202# 0*:2#:5#", "0*.1#.202#", "202#0*1#", "202#0*1#1#3#5#", "1#:3#:5#",
    "0*:1#:4#.###", "MON 1# NOV 202#", "SPD 0## KMH", "*# km/h", "SPEED *#", "LIMIT *0",
    "RADAR##", "GPS 5#.#### N", "LAT 4#.#####", "N5#.### E1#.###", "TEMP *#C", "BATT *#%",
    "SIGNAL LOST", "MOTION", "IR ON", "ZONE @", "TRIGGER *", "SEQ ######", "FRAME #####",
    "EVENT ###", "www.gatecam.example", "traffic.example.org", "Police Dept", "City of Hill ##",
    "Highway *##", "Ring Road East", "UNIT ###", "BUS ###", "CAR ####",
)  # fmt: skip
# Words on shop fronts, vans, boards and doors: without digits, so that none can be a plate.
WORDS = (
    "BAKERY", "PHARMACY", "FLOWERS", "PLUMBING", "REPAIRS", "FOR SALE", "RENTAL", "FRESH FISH",
    "PIZZA", "TYRES", "GARAGE", "WELCOME", "RECEPTION", "LOADING", "KEEP CLEAR", "NO PARKING",
    "PRIVATE", "DANGER", "AMBULANCE", "COURIER", "LOGISTICS", "REMOVALS", "TRANSPORT",
    "ELECTRICIAN", "SECURITY", "WARNING", "OCTAVIA", "FOCUS", "CLIO", "TRANSIT", "SPRINTER",
    "TDCI", "QUATTRO", "XDRIVE", "LIMITED", "SPORT", "FRAGILE", "RECYCLE", "SUPERMARKET",
    "FARM SHOP", "ICE CREAM", "CAR WASH", "Gasthaus", "Bäckerei", "Apotheke", "Boulangerie",
    "Farmacia", "Ferretería", "Panadería", "Kiosk", "Blumen", "Tabac",
)  # fmt: skip
# Telephone, fleet, road, price, house and load numbers: they have digits and are no plates.
NUMBERS = (
    "0*0 ### ## ##", "+4* ### ######", "(*##) ###-####", "1-800-###-####", "TEL 0## ######",
    "4006######", "0##-#######", "WWW.VAN#.EXAMPLE", "No *#", "No. ###", "FLEET ###", "####",
    "*##", "UNIT *#", "BUS *#", "LINE *#", "*#@", "A *#", "B*#", "E *#", "M*#", "I-*#", "US *##",
    "EXIT *#", "*# km", "*0 km/h", "MAX *.# m", "*.# t", "*500 kg", "3.# m", "*.#9", "$ *#.99",
    "€ *.#9", "*#.## EUR", "-*0 %", "SALE *0%", "24 h", "24/7", "MO-FR 8-18", "EST. 19##",
    "SINCE 19##", "*.0 TDI", "V8 *.#", "*x4", "LPG #.###", "E10 1.##9", "95 1.##", "HGV ##",
    "TARE #### KG", "ROOM ###", "BAY ##", "PLOT ##@",
)  # fmt: skip


def filled(rng: np.random.Generator, wordings: Sequence[str]) -> str:
    """Return a wording with digits and letters filled in."""
    text = wordings[int(rng.integers(len(wordings)))]
    return "".join(_character(rng, char) for char in text)


def _character(rng: np.random.Generator, char: str) -> str:
    match char:
        case "#":
            return str(rng.integers(0, 10))
        case "*":
            return str(rng.integers(1, 10))
        case "@":
            return chr(int(rng.integers(65, 91)))
        case _:
            return char
