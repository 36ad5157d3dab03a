"""Who is whom."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compliance.people.identity import person_key, same_person


@pytest.mark.parametrize(
    "other",
    [
        "RITA@example.org",
        "  rita@example.org ",
        "\u00a0rita@example.org\u3000",
        "rita\uff20example.org",
        "\uff52ita@example.org",
        "rita\u200b@example.org",
        "rita@example.org\ufeff",
        "ri\u00adta@example.org",
        "rita\ufe0f@example.org",
        "ri\u3164ta@example.org",
        "rita@example.org\U000e0101",
    ],
)
def test_letter_case_blanks_unicode_form_and_invisible_characters_make_nobody_else(other: str) -> None:
    assert same_person("rita@example.org", other)


@pytest.mark.parametrize(
    "other",
    [
        "Rita Ruiz <rita@example.org>",
        '"Ruiz, Rita" <RITA@EXAMPLE.ORG>',
        "'Rita' <smtp:rita@example.org>",
        "<rita@example.org>",
        "rita@example.org (Rita Ruiz)",
        "Rita Ruiz (rita@example.org)",
        "Rita Ruiz [mailto:rita@example.org]",
        "<mailto:rita@example.org|rita@example.org>",
        "mailto:rita@example.org",
        "mailto:rita%40example.org?subject=Contract",
        "SMTP:Rita@example.org",
        "smtp:rita@example.org",
        "SIP:rita@example.org",
        "sip:rita@example.org;transport=tls",
        "acct:rita@example.org",
        "live.com#rita@example.org",
        '"rita@example.org"',
        "\u201crita@example.org\u201d",
        '"rita"@example.org',
        "rita @ example.org",
        "rita@example.org.",
        "rita@example.org;",
        "rita\u2800@example.org\U0001d159",
        "rita\uff20example\u3002org",
        "rita_example.org#EXT#@tenant.onmicrosoft.com",
        "i:0#.f|membership|rita@example.org",
        "i:0#.f|membership|rita_example.org#ext#@tenant.onmicrosoft.com",
        "i%3A0%23.f%7Cmembership%7Crita%40example.org",
        "i:05.t|adfs|Rita@example.org",
        "0#.f|membership|rita@example.org",
        "i:0#.f|membership|urn%3aspo%3aguest#rita@example.org",
        "urn:spo:guest#rita@example.org",
        "i:0#.f|membership|live.com#rita@example.org",
        "mail#rita@example.org",
        "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/#Rita@example.org",
        "rita_example.org%23EXT%23@tenant.onmicrosoft.com",
        "rita_example.org#EXT#",
        "rita%40example.org",
        "AzureAD\\Rita@example.org",
        "MicrosoftAccount\\rita@example.org",
        "mailto://rita@example.org",
        "To: rita@example.org",
        "im:rita@example.org",
        '""rita@example.org""',
        "''rita@example.org''",
        "<<rita@example.org>>",
        "`rita@example.org`",
        "\u00abrita@example.org\u00bb",
        "\u00bbrita@example.org\u00ab",
        "\u2039rita@example.org\u203a",
        "\u201arita@example.org\u2018",
        "rita@example.org (Rita Ruiz (Legal))",
        "Rita Ruiz (Legal) (rita@example.org)",
        "rita(Legal)@example.org",
        "[rita@example.org](mailto:rita@example.org)",
        "rita@example.org (sam@example.org)",
    ],
)
def test_what_programs_put_around_a_mail_address_makes_nobody_else(other: str) -> None:
    assert same_person("rita@example.org", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rita@b\u00fccher.example", "rita@xn--bcher-kva.example"),
        ("rita@B\u00dcCHER.EXAMPLE", "Rita <rita@XN--BCHER-KVA.example>"),
        ("rita@straße.example", "rita@xn--strae-oqa.example"),
        ("rita ruiz", "  Rita\u2003 Ruiz\u2800"),
        ("rita ruiz", '"Rita\u00a0Ruiz"'),
        ("rita ruiz", "\"'<Rita Ruiz>'\""),
        ("Contoso\\rita", "i:0#.w|contoso\\RITA"),
        ("Contoso\\rita", "0#.w|contoso\\rita"),
        ("Contoso\\rita", "contoso\\\\rita"),
    ],
)
def test_domains_in_punycode_and_names_in_quotes_make_nobody_else(one: str, other: str) -> None:
    assert same_person(one, other)


@pytest.mark.parametrize("label", ["xn--9", "xn--999999999", "xn--b\u00fccher", "xn--"])
def test_a_domain_that_only_looks_like_punycode_stays_as_it_is(label: str) -> None:
    assert person_key(f"Rita@{label.upper()}.example") == f"rita@{label}.example"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rita@example.org", "rita+legal@example.org"),
        ("rita@example.org", "r.ita@example.org"),
        ("rita@example.org", "rita"),
        ("rita@example.org", "on behalf of rita@example.org"),
        ("rita@example.org", "rita@example.org, sam@example.org"),
        ("rita@example.org", "Rita <rita@example.org>, Sam <sam@example.org>"),
        ("rita@example.org", "sam@example.org (for rita@example.org)"),
        ("rita@strasse.example", "rita@straße.example"),
        ("rita@strasse.example", "rita@xn--strae-oqa.example"),
        ("rita_example.org@tenant.example", "rita@example.org"),
        ("i:0#.f|members|rita", "i:0#.f|partners|rita"),
        ("contoso\\rita", "fabrikam\\rita"),
        ("contoso\\rita", "rita"),
        ("contoso\\rita@example.org", "rita@example.org"),
        ("rita@example.org", "sam@example.org (rita@example.org)"),
        ("ri_ta_example.org#EXT#@tenant.example", "rita@example.org"),
        ("rita%40example.org@relay.example", "rita@example.org"),
        ("rita@example.org", "rit@example.org"),
        ("rita@example.org", "rita@example.com"),
        ("rita smith", "ritasmith"),
        ("rita@example.org", "rіta@example.org"),  # noqa: RUF001 (a Cyrillic letter is another person's)
        ("jose", "josé"),
    ],
)
def test_other_letters_are_other_people(one: str, other: str) -> None:
    assert not same_person(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("STRASSE", "straße"), ("José", "jose\u0301".upper()), ("μαΐου", "μαΐου".upper())]
)
def test_case_is_folded_as_unicode_folds_it(one: str, other: str) -> None:
    assert same_person(one, other)


@given(st.text(max_size=20), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_a_name_in_any_unicode_form_and_folded_case_is_the_same_person(name: str, form: str) -> None:
    assert same_person(name, unicodedata.normalize(form, name))  # pyright: ignore[reportArgumentType]
    assert same_person(name, unicodedata.normalize("NFD", name).casefold())


_LOCAL = st.text("abz09.+_-'#!=?^`{|}~%&$*/".replace("|", ""), min_size=1, max_size=12)
_DOMAIN = st.lists(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True), min_size=1, max_size=3)
_ADDRESSES = st.builds(lambda local, labels: f"{local}@{'.'.join(labels)}", _LOCAL, _DOMAIN)


@given(_ADDRESSES, _ADDRESSES)
def test_two_plain_addresses_are_two_people(one: str, other: str) -> None:
    assert same_person(one, other) == (one == other)


@given(_ADDRESSES)
def test_a_plain_address_is_its_own_form(address: str) -> None:
    assert person_key(address) == address
    assert person_key(f"Somebody <{address.upper()}>") == address


_FORMS = r"""< > ( ) [ ] " ' @ | #ext#@ _ . : ; \ mailto: smtp: %40 i:0#.f|membership| i%3a0 xn-- rita@example.org"""
_CRUMBS = st.sampled_from([*_FORMS.split(), " ", "\u00df", "\u3002", "\u2800", "\u200b", "\u0149"])


@given(st.lists(_CRUMBS | st.text(max_size=3), max_size=8).map("".join))
@example("(" * 128 + ")" * 128)  # takes for ever if each pair is taken off in more than one way
@example("(<" * 64 + ">)" * 64)
def test_the_form_of_a_form_is_itself(name: str) -> None:
    assert person_key(person_key(name)) == person_key(name)


@pytest.mark.parametrize(
    "name",
    [
        "\u2800",
        "\U0001d159",
        '""',
        "<\u200b>",
        "",
        "\u200b",
        "\u200b\u2060\ufeff",
        "\u3164\u115f",
        " \u00ad ",
        "\ufe0f",
    ],
)
def test_what_cannot_be_seen_names_nobody(name: str) -> None:
    assert not person_key(name)
