"""Paths and headers of the host's own HTTP calls, apart from the host so that commands need not load it."""

KEY_HEADER = "x-functions-key"  # of Azure's function keys and admin calls
TOPIC_KEY_HEADER = "aeg-sas-key"  # of an Event Grid topic

ADVANCE_PATH = "/admin/clock/advance"
CLOCK_PATH = "/admin/clock"
STATUS_PATH = "/admin/status"
DOCTOR_PATH = "/admin/doctor"
SIGN_IN_PATH = "/.auth/login/aad"  # as of App Service Authentication
