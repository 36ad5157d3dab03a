"""Which of the names that strangers chose a file here may get."""

from __future__ import annotations

import pytest

from cli.local_file_name import file_name_objection


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "blank"),
        ("\u3000", "blank"),
        (".bashrc", "dot"),
        ("..", "dot"),
        ("-rf", "option"),
        ("--help", "option"),
        ("-", "option"),
        ("a\u202ecod.exe", "invisible"),
        ("a\nb", "invisible"),
        ("x\\..\\..\\y", "Windows"),
        ("C:evil.exe", "Windows"),
        ("report.pdf:hidden", "Windows"),
        ("a*", "Windows"),
        ('a"b', "Windows"),
        ("a|b", "Windows"),
        ("report.pdf.", "Windows drops"),
        ("report.pdf ", "Windows drops"),
        (" report.pdf", "blank"),
        ("CON", "device"),
        ("nul.txt", "device"),
        ("Aux.tar.gz", "device"),
        ("COM1", "device"),
        ("com\u00b9.pdf", "device"),
        ("LPT9.pdf", "device"),
        ("PRN .pdf", "device"),
        ("CONIN$", "device"),
        ("\u00fc" * 128, "255 bytes"),
    ],
)
def test_a_name_that_means_something_else_somewhere_is_refused(name: str, why: str):
    assert why in str(file_name_objection(name))


@pytest.mark.parametrize(
    "name",
    [
        "report.pdf",
        "Vertrag (neu) 2026-11.pdf",
        "R\u00e9sum\u00e9 #3.docx",
        "CONTRACT.pdf",
        "com.txt",
        "COM10",
        "nul-1",
        "~x",
    ],
)
def test_ordinary_names_are_kept(name: str):
    assert file_name_objection(name) is None
