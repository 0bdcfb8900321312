"""Fits what stands between the models' raw scores and an honest confidence."""
