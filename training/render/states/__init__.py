"""Plates whose states design their own: a base, a name, a slogan, a serial, stickers."""
