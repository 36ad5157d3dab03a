"""Documents of Office 97 to 2003 and other compound files, by their streams."""
