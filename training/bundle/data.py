"""What the bundled weights were trained on: names, origins, licences."""

from __future__ import annotations

TRAINING_DATA: tuple[dict[str, str], ...] = (
    {
        "name": "rendered plates",
        "source": "training/render of this repository",
        "licence": "Apache-2.0",
        "used_for": "detector, recognizer",
    },
    {
        "name": "drawn scenes and decoys",
        "source": "training/scenes of this repository",
        "licence": "Apache-2.0",
        "used_for": "detector",
    },
    {
        "name": "ccpd_subset (train split)",
        "source": "CCPD and CCPD-Green photos, detectRecog/CCPD",
        "licence": "MIT",
        "used_for": "detector, recognizer",
    },
    {
        "name": "easypr_general_test (train split)",
        "source": "liuruoze/EasyPR, resources/image/general_test",
        "licence": "Apache-2.0",
        "used_for": "detector, recognizer",
    },
    {
        "name": "easypr_negative_patches (train split)",
        "source": "liuruoze/EasyPR, negatives of its plate judge",
        "licence": "Apache-2.0",
        "used_for": "detector, recognizer backgrounds",
    },
    {
        "name": "easypr_train_crops (train split)",
        "source": "liuruoze/EasyPR, plate crops",
        "licence": "Apache-2.0",
        "used_for": "recognizer",
    },
    {
        "name": "lprnet_pytorch_test_crops (train split)",
        "source": "sirius-ai/LPRNet_Pytorch, data/test (images from CCPD)",
        "licence": "Apache-2.0, MIT",
        "used_for": "recognizer",
    },
    {
        "name": "ccpd_crops_extra (train split)",
        "source": "CCPD plate crops, detectRecog/CCPD",
        "licence": "MIT",
        "used_for": "recognizer",
    },
    {
        "name": "cn_hand_labelled (train split, MIT part)",
        "source": "PasserbyZzz/PlateRecognition, sakurasep/YOLO-LPRNet",
        "licence": "MIT",
        "used_for": "detector, recognizer",
    },
    {
        "name": "kaggle_car_plate_detection (train split)",
        "source": "Kaggle, Car License Plate Detection",
        "licence": "CC0",
        "used_for": "detector, recognizer backgrounds",
    },
    {
        "name": "robertlucian_dashcam (train split)",
        "source": "RobertLucian/license-plate-dataset",
        "licence": "MIT",
        "used_for": "detector, recognizer backgrounds",
    },
    {
        "name": "egypt_motorcycle (train split)",
        "source": "telattar/Egyptian-motorcycle-license-plate-dataset",
        "licence": "CC BY 4.0",
        "used_for": "detector",
    },
    {
        "name": "plate lettering",
        "source": "yyq19990828/chinese_license_plate_generator and huangxinping",
        "licence": "MIT",
        "used_for": "lettering of rendered plates",
    },
)
"""Entries of the manifest's ``training_data``; a caller may give another list."""
