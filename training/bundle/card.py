"""Writes the model card: what the models are, what they learnt from, where they fail."""

from __future__ import annotations

from typing import Any


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
    detector, recognizer = manifest["detector"], manifest["recognizer"]
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
        f"- **Detector** (`{detector['file']}`): residual network with a feature pyramid; per",
        "  proposal a score and the plate's four corners; a second stage looks at the picture",
        "  inside each proposal, scores it again and corrects the corners. Canvases (height x",
        f"  width): {canvases}. Default score threshold {detector['score_threshold']}.",
        f"- **Recognizer** (`{recognizer['file']}`): convolutional network with a CTC output over",
        f"  {len(recognizer['alphabet'])} characters on rectified plates of",
        f"  {recognizer['height']} x {recognizer['width']} pixels, with a background colour and a",
        "  one-or-two-rows output.",
        "",
        "Both were initialised at random: no weights of other models were used.",
        "",
        "## Training data",
        "",
        "| data | source | licence | used for |",
        "|---|---|---|---|",
        *data,
        "",
        "Only training splits were used. No photograph is part of this bundle.",
        "",
        "## Measurements",
        "",
    ]
    metrics = manifest.get("metrics") or {}
    lines += _measured(metrics) if metrics else ["None recorded with this bundle."]
    lines += [
        "",
        "## Limits",
        "",
        "- Meant for Chinese plates, and for Latin plates as far as their lettering was rendered.",
        "  Other scripts are found but not read.",
        "- Plates lower than about 10 pixels, strong motion blur and glare are missed or misread.",
        "- Short texts on signs, badges, displays and painted parking numbers can be taken for",
        "  plates; raise the score threshold where such errors cost more than a missed plate.",
        "- Plates cut by the picture's edge are reported only when nearly whole.",
        "- The photographs are mostly Chinese, with many plates of one province (皖): rarer",
        "  provinces and the special kinds rest on rendered plates alone.",
        "- Number plates are personal data: who runs the models needs a reason to read them.",
        "",
    ]
    return "\n".join(lines)
