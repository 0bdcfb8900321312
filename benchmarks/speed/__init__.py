"""Speed, side by side in one run: floor, reader, service, other readers, earlier builds."""
