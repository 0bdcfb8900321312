"""Writes the model card: what the models are, what they learnt from, where they fail."""

from __future__ import annotations

from typing import Any

from platestream.vision.models.calibration import RejectionSpec


def _measured(metrics: dict[str, Any]) -> list[str]:
    """Flat metrics as a table; nested ones one level deep by their path."""
    lines = ["| measure | value |", "|---|---|"]
    for name, value in sorted(metrics.items()):
        if isinstance(value, dict):
            for inner, number in sorted(value.items()):
                lines.append(f"| {name}: {inner} | {_shown(number)} |")
        else:
            lines.append(f"| {name} | {_shown(value)} |")
    return lines


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(inner)}" for key, inner in value.items())
    return str(value)


def model_card(manifest: dict[str, Any]) -> str:
    """Text of ``MODEL_CARD.md`` for a manifest."""
    detector, refiner, recognizer = (manifest[k] for k in ("detector", "refiner", "recognizer"))
    canvases = ", ".join(f"{height} x {width}" for height, width in detector["canvases"])
    data = [
        f"| {entry['name']} | {entry['source']} | {entry['licence']} | {entry['used_for']} |"
        for entry in manifest["training_data"]
    ]
    licence = manifest["licence"]
    lines = [
        f"# Model card: {manifest['name']} {manifest['version']}",
        "",
        f"Created {manifest['created_at']}, licence {licence}.",
        "",
        "## Models",
        "",
        f"- **Detector, first stage** (`{detector['file']}`): residual network with a feature",
        "  pyramid; per proposal a score and the plate's four corners. Canvases (height x width):",
        f"  {canvases}. Proposals of less than {detector['proposal_threshold']} go no further.",
        f"- **Detector, second stage** (`{refiner['file']}`): convolutional network on the picture",
        f"  in and around each proposal, {refiner['height']} x {refiner['width']} pixels cut from",
        "  full resolution; scores it again and corrects the corners. Default threshold of the",
        f"  joint score {detector['score_threshold']}.",
        f"- **Recognizer** (`{recognizer['file']}`): convolutional network with a CTC output over",
        f"  {len(recognizer['alphabet'])} characters on rectified plates of",
        f"  {recognizer['height']} x {recognizer['width']} pixels, with a background colour and a",
        "  one-or-two-rows output.",
        "",
        *_eight_bit(manifest),
        "All were initialised at random: no weights of other models were used.",
        "",
        "## Training data",
        "",
        "| data | source | licence | used for |",
        "|---|---|---|---|",
        *data,
        "",
        "Only training splits were used. No photograph is part of this bundle.",
        "",
        *_reading(manifest),
        "## Measurements",
        "",
    ]
    metrics = manifest.get("metrics") or {}
    lines += _measured(metrics) if metrics else ["None recorded with this bundle."]
    lines += ["", "`docs/ACCURACY.md` has every set and slice, beside other readers."]
    lines += ["", *LIMITS, ""]
    return "\n".join(lines)


def _eight_bit(manifest: dict[str, Any]) -> list[str]:
    """What is said of the eight-bit forms, where there are any."""
    parts = [manifest[part] for part in ("detector", "refiner", "recognizer")]
    files = [f"`{part['int8']['file']}`" for part in parts if part.get("int8")]
    if not files:
        return []
    return [
        f"The same in eight-bit integers: {', '.join(files)}; calibrated on training pictures,",
        "first and last layers in float32, weights within -64 to 64 so that all x86 CPUs agree.",
        "",
    ]


def _reading(manifest: dict[str, Any]) -> list[str]:
    """What a confidence means and what is taken for a plate, with this bundle's values."""
    calibration, rejection = manifest.get("calibration"), manifest.get("rejection")
    lines = ["## Confidence and rejection", ""]
    if calibration is None or calibration["raw"] != "logistic":
        lines += ["The confidence is a raw score: it was not fitted for this bundle."]
    else:
        weights = ", ".join(
            f"{name} {weight:.2f}"
            for name, weight in zip(calibration["inputs"], calibration["weights"], strict=True)
        )
        lines += [
            "The confidence is the probability that the whole text is right: a logistic function",
            f"of log-odds, weighted {weights}; bias {calibration['bias']:.2f}.",
            "`text` is the network's own probability of the text over all alignments, `detector`",
            "the detector's score, `height` the plate's height in the picture. It was fitted on",
            "held-out pictures, Chinese photos above all; on other countries' plates it errs more",
            "(see the measurements).",
        ]
        lines += _judgements(calibration)
    if rejection is not None:
        spec = RejectionSpec.model_validate(rejection)
        lines += [
            "",
            f"A detection counts as a plate from a score of {spec.detector:g} on if its",
            "text is half sure; a sure text needs less and an illegible one more (weight",
            f"{spec.text_weight:g}).",
        ]
        if spec.plate:
            lines += [f"One that is a plate with less than {spec.plate:g} is not reported."]
    return [*lines, ""]


def _judgements(calibration: dict[str, Any]) -> list[str]:
    """What the confidence is multiplied by, where the recognizer gives evidence."""
    complete = calibration.get("complete")
    if not complete or not calibration.get("plate"):
        return []
    return [
        "It is multiplied by the probabilities that this is a plate at all",
        f"(by {', '.join(calibration['plate']['inputs'])})",
        f"and that all of its number can be seen (by {', '.join(complete['inputs'])}); from",
        f"{complete['threshold']:g} of the latter on a plate is called complete. These were",
        "fitted on the same pictures cut, covered, lettered over, grey and close up.",
    ]


LIMITS = (
    "## Limits and known failures",
    "",
    "- Meant for Chinese plates, and for Latin plates as far as their lettering was rendered.",
    "  Other scripts are found but not read: what is said of them is made up of Latin characters,",
    "  with a low confidence.",
    "- Plates lower than about 10 pixels, strong motion blur and glare are missed or misread.",
    "- In pictures much larger than the detector's canvas small plates vanish: cut large frames",
    "  into parts where they matter.",
    "- Short texts on signs, badges, displays and painted parking numbers can be taken for",
    "  plates; raise the score threshold where such errors cost more than a missed plate.",
    "- Plates cut by the picture's edge are reported only when nearly whole.",
    "- The photographs are mostly Chinese, with many plates of one province (皖): rarer",
    "  provinces and the special kinds rest on rendered plates alone. The usual misread of a",
    "  Chinese plate is its province character, on a small or blurred plate.",
    "- O and 0, I and 1 are told apart by the layouts learnt; on layouts that were not rendered",
    "  they are guesses. Two rows are cut at fixed heights.",
    "- The colour is of the background, by day; under coloured light it errs.",
    "- Number plates are personal data: who runs the models needs a reason to read them, and a law",
    "  that lets them.",
)
