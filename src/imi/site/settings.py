"""Django settings of the system; what an operator may change comes from :mod:`imi.site.environment`."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from imi.accounts.openid import providers
from imi.site import environment, jsonlog, languages

CHECKOUT = environment.CHECKOUT

# --- what the operator says ------------------------------------------------------------------------------------------

IMI_HOME = environment.path("IMI_HOME", CHECKOUT / "var")
IMI_HOME.mkdir(parents=True, exist_ok=True)
IMI_PROCEDURES = environment.path("IMI_PROCEDURES", CHECKOUT / "procedures")
IMI_HELP = CHECKOUT / "help"
IMI_TRAINING = environment.flag("IMI_TRAINING")
IMI_COUNTERPARTS = environment.flag("IMI_COUNTERPARTS", default=IMI_TRAINING)
# Where the training copy of this installation is; empty where there is none, or where this is itself one.
IMI_TRAINING_URL = environment.text("IMI_TRAINING_URL", "").rstrip("/")
IMI_FILES = IMI_HOME / "files"
DEBUG = environment.flag("IMI_DEBUG")
SECRET_KEY = environment.secret_key(environment.path("IMI_SECRET_KEY_FILE", IMI_HOME / "secret-key"))
ALLOWED_HOSTS = environment.words("IMI_HOSTS", "localhost,127.0.0.1,[::1]")
DATABASES = {"default": environment.database(IMI_HOME)}
EMAIL_HOST, EMAIL_PORT = environment.host_and_port("IMI_SMTP", default_port=25)
EMAIL_TIMEOUT = 20
IMI_SMTP_CONFIGURED = bool(EMAIL_HOST)
IMI_URL = environment.text("IMI_URL", "http://127.0.0.1:8000").rstrip("/")
IMI_MAIL_DOMAIN = environment.text("IMI_MAIL_DOMAIN", "imi.example")
DEFAULT_FROM_EMAIL = environment.text("IMI_MAIL_FROM", f"IMI <no-reply@{IMI_MAIL_DOMAIN}>")
# Where reports about mail that did not arrive come back to, such as bounce@mail.example; without it none is asked for.
IMI_BOUNCE_ADDRESS = environment.text("IMI_BOUNCE_ADDRESS", "")
IMI_BOUNCE_HOST, IMI_BOUNCE_PORT = environment.host_and_port("IMI_BOUNCE_LISTEN", default_port=8025)
IMI_BOUNCE_PROTOCOL = environment.choice("IMI_BOUNCE_PROTOCOL", ("smtp", "lmtp"), "smtp")
# Models of machine translation; a training installation also uses those of the package for tests, if it is there.
IMI_TRANSLATION_MODELS = environment.path("IMI_TRANSLATION_MODELS", IMI_HOME / "translation-models")
IMI_TRANSLATION_PACKAGE = environment.flag("IMI_TRANSLATION_PACKAGE", default=IMI_TRAINING)
IMI_TRANSLATION_CLASSES = environment.words("IMI_TRANSLATION_CLASSES", "local")
IMI_SCANNER = environment.text("IMI_SCANNER", "")
IMI_KEY_RING = environment.path("IMI_KEY_RING", IMI_HOME / "key-ring")
IMI_SIGN_IN = environment.choice("IMI_SIGN_IN", ("classic", "strong"), "classic" if IMI_TRAINING else "strong")
# Which second factors people may have; none of them switches second factors off.
IMI_SECOND_FACTORS = environment.choices("IMI_SECOND_FACTORS", ("passkey", "totp"))
# Identity providers by their id; see docs/sign-in-elsewhere.md.
IMI_OPENID = providers.read(environment.file("IMI_OPENID"))
# The keys by which this installation proves to identity providers who it is.
IMI_OPENID_KEYS = environment.path("IMI_OPENID_KEYS", IMI_HOME / "openid-keys")
IMI_FIRST_PASSWORD_DAYS = environment.number("IMI_FIRST_PASSWORD_DAYS", 14)
IMI_RESET_PASSWORD_DAYS = environment.number("IMI_RESET_PASSWORD_DAYS", 3)
IMI_FAILURES_PER_NETWORK = environment.number("IMI_FAILURES_PER_NETWORK", 100)
IMI_PROXIES = environment.number("IMI_PROXIES", 0)
IMI_COUNTERPART_SECONDS = 4
# Days. Records of signing in hold addresses and serve to find misuse: half a year, as long as personal data may stay
# unblocked after an exchange was closed (Regulation (EU) No 1024/2012, Art. 14).
IMI_KEEP_SIGN_INS = environment.number("IMI_KEEP_SIGN_INS", 180)
IMI_KEEP_HELP_THREADS = environment.number("IMI_KEEP_HELP_THREADS", 365)
# What the worker does again and again, in this order; each is called with the time and says how much it did.
IMI_CHORES = [
    "imi.notify.chores.tell_people",
    "imi.notify.administrative.post_administrative_mail",
    "imi.notify.account_mail.post_account_mail",
    "imi.notify.chores.listen_for_bounces",
    "imi.notify.outreach.post_notes",
    "imi.notify.chores.send_mail",
    "imi.notify.chores.fire_timers",
    "imi.administration.chores.expire_admissions",
    "imi.administration.chores.forget_counters",
    "imi.administration.chores.open_new_areas",
    "imi.notify.helpdesk.tell_of_posts",
    "imi.helpdesk.chores.forget_settled",
    "imi.notify.chores.post_digests",
    "imi.outreach.chores.remind_overdue",
    "imi.outreach.chores.free_places",
    "imi.notify.chores.remove_files",
    "imi.web.desk.figures.count_events",
    "imi.translation.chores.translate",
    "imi.administration.drafts.collect",
    "imi.outreach.plan_texts.collect",
    "imi.translation.chores.forget_translations",
    "imi.notify.chores.tidy_up",
    "imi.notify.chores.look_ahead",
    "imi.notify.chores.count_rows",
    *(["imi.training.counterparts.act"] if IMI_COUNTERPARTS else []),
]
HTTPS = environment.flag("IMI_HTTPS")

# --- applications ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "imi.directory",
    "imi.accounts",
    "imi.files",
    "imi.translation",
    "imi.exchanges",
    "imi.administration",
    "imi.helpdesk",
    "imi.outreach",
    "imi.notify",
    "imi.web",
    "imi.web.help",
    "imi.web.desk",
    "imi.training",
]
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["imi.accounts.backends.SessionBackend"]
ROOT_URLCONF = "imi.site.urls"
WSGI_APPLICATION = "imi.site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "imi.site.middleware.RequestIdMiddleware",
    "imi.site.middleware.SecurityHeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "imi.site.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "imi.site.middleware.PageCompressionMiddleware",
    "imi.site.middleware.LargestRequestMiddleware",
    "imi.site.middleware.DatabaseGoneMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "imi.accounts.sessions.SessionExpiryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).parents[1] / "web" / "templates"],
        "OPTIONS": {
            "environment": "imi.web.jinja.environment",
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "imi.web.context.frame",
            ],
        },
    },
]
# Django's own inputs are drawn from its own templates, by the same library.
FORM_RENDERER = "django.forms.renderers.Jinja2"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- people ----------------------------------------------------------------------------------------------------------

PASSWORD_HASHERS = ["imi.site.hashers.ModestArgon2PasswordHasher"]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"

# --- languages, dates and zones --------------------------------------------------------------------------------------

languages.teach_django_maltese()
LANGUAGES = languages.LANGUAGES
LANGUAGE_CODE = "en"
LOCALE_PATHS = [CHECKOUT / "locale"]
FORMAT_MODULE_PATH = ["imi.site.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- static files and uploads ----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = IMI_HOME / "static"
# Before the files have been collected they are served from where they lie in the sources, under their plain names.
_STATIC_IS_BUILT = (Path(STATIC_ROOT) / "staticfiles.json").is_file() or environment.flag("IMI_BUILDING_STATIC")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": IMI_FILES}},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if _STATIC_IS_BUILT and not DEBUG
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG or not _STATIC_IS_BUILT
WHITENOISE_AUTOREFRESH = DEBUG
LARGEST_REQUEST = 64 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- what browsers are told ------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
# Django's CSRF check of an https form needs the Referer within the site; nothing goes to other sites.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"] if HTTPS else []

# A cookie with the prefix __Host- is taken by browsers only over https, from this very host and for the whole site.
_COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}imi-session"
IMI_DEVICE_COOKIE_NAME = f"{_COOKIE_PREFIX}imi-devices"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# The longest a session lasts; after a pause it ends earlier (imi.accounts.sessions).
SESSION_COOKIE_AGE = 12 * 3600
SESSION_ENGINE = "imi.accounts.session_store"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}imi-csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "imi.site.errors.forged"
LANGUAGE_COOKIE_NAME = f"{_COOKIE_PREFIX}imi-language"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

LOGGING = jsonlog.configuration(debug=DEBUG)
