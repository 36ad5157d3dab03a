"""Who is signed in."""

import base64
import json

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route("who", methods=["GET", "POST"])
def who(req: func.HttpRequest) -> func.HttpResponse:
    principal = req.headers.get("X-MS-CLIENT-PRINCIPAL")
    if principal is None:
        return func.HttpResponse("Nobody: /.auth/login/aad?post_login_redirect_uri=/api/who", status_code=401)
    return func.HttpResponse(json.dumps(json.loads(base64.b64decode(principal)), indent=2))
