"""Documents that are texts: RTF, HTML, SVG, CSV."""
