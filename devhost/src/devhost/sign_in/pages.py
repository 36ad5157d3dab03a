"""The pages of the sign-in: plain HTML without scripts."""

from __future__ import annotations

from html import escape

from devhost.sign_in.people_file import SignIn

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }}
body {{ max-width: 34rem; margin: 2rem auto; padding: 0 1rem; }}
ul {{ list-style: none; padding: 0; }}
button {{ font: inherit; padding: .5rem .75rem; cursor: pointer; }}
li button {{ width: 100%; text-align: start; margin: .25rem 0; overflow-wrap: anywhere; }}
label {{ display: block; margin: .5rem 0; }}
input, textarea {{ font: inherit; display: block; width: 100%; box-sizing: border-box; padding: .4rem; }}
</style>
</head>
<body>
<main>
{content}
</main>
</body>
</html>
"""


def sign_in_page(sign_in: SignIn, target: str) -> str:
    """Return the page on which somebody picks a person or types one."""
    kept = f'<input type="hidden" name="post_login_redirect_uri" value="{escape(target)}">'
    people = "".join(
        f'<li><form method="post"><input type="hidden" name="userName" value="{escape(person.user_name)}">{kept}'
        f"<button><b>{escape(person.shown_name)}</b><br>{escape(_about(person.user_name, person.roles))}</button>"
        "</form></li>"
        for person in sign_in.people
    )
    picked = f"<h2>Pick a person</h2>\n<ul>{people}</ul>" if people else ""
    return _page(
        "Sign in",
        f"""<h1>Sign in</h1>
<p>devhost plays App Service Authentication on this machine: nobody needs a password.</p>
{picked}
<h2>Or type one</h2>
<form method="post">{kept}
<label>User name <input name="userName" required maxlength="256" placeholder="ann@contoso.example"></label>
<label>Name <input name="name" maxlength="256"></label>
<label>Object id, if it matters <input name="oid" maxlength="36"></label>
<label>Roles, one a line <textarea name="roles" rows="2"></textarea></label>
<button>Sign in</button>
</form>""",
    )


def message_page(title: str, text: str, link: str, link_text: str) -> str:
    """Return a page that says one thing and leads on."""
    body = f'<h1>{escape(title)}</h1>\n<p>{escape(text)}</p>\n<p><a href="{escape(link)}">{escape(link_text)}</a></p>'
    return _page(title, body)


def _page(title: str, content: str) -> str:
    return _PAGE.format(title=escape(title), content=content)


def _about(user_name: str, roles: tuple[str, ...]) -> str:
    return f"{user_name} ({', '.join(roles)})" if roles else user_name
