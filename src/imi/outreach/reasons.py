"""Why an act of outreach may not be done."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from imi.administration.reasons import Reason

NO_ROLE = Reason(
    "no_coordinating_role",
    _("Only data administrators and approvers of a coordinator may do this, in the areas in which they are."),
)
NOT_HOST = Reason("not_host", _("Only the coordinator that made this may change it."))
NOT_COORDINATED = Reason("not_coordinated", _("Your authority does not coordinate all of the chosen authorities."))
NOT_DRAFT = Reason("not_draft", _("This is no draft any more."))
NOT_PUBLISHED = Reason("not_published", _("This is not published."))
IS_OVER = Reason("is_over", _("This is over."))
TOO_LATE = Reason("too_late", _("Registration has ended."))
REGISTERED = Reason("registered", _("You are registered already."))
NOT_REGISTERED = Reason("not_registered", _("You are not registered."))
TOO_FEW_PLACES = Reason("too_few_places", _("More people than this are registered already."))
NO_TEXT = Reason("no_text", _("A text is needed in at least one language."))
NO_ITEMS = Reason("no_items", _("Choose at least one piece of news."))
SENT = Reason("sent", _("The newsletter has been sent already."))
NOBODY = Reason("nobody", _("Nobody would get it."))
NO_TODOS = Reason("no_todos", _("Say at least one thing that the coordinators have to do."))
ANNOUNCED_IN = Reason("announced_in", _("A plan keeps its text in the language in which it was announced."))
NO_WORDS = Reason("no_words", _("Say it in this language, in at most 200 characters."))
NOT_ADDRESSED = Reason("not_addressed", _("This plan is not addressed to your authority."))
OPEN_ALREADY = Reason("open_already", _("Access has been asked for this person already; the coordinator will answer."))
NOT_COLLEAGUE = Reason("not_colleague", _("Access can be asked for people of the own authority only."))
NOT_YOUR_COORDINATOR = Reason("not_your_coordinator", _("This is none of your authority's coordinators."))
HAS_ACCESS = Reason("has_access", _("This person has access to training already."))
NOT_GIVEN = Reason("not_given", _("This person has no access that could be withdrawn."))
NOT_YOUR_PERSON = Reason("not_your_person", _("Your authority does not coordinate the authority of this person."))
ENDED = Reason("ended", _("This has been decided already."))
NO_FILE = Reason("no_file", _("Choose a file."))
NO_ADDRESS = Reason("no_address", _("Give an address that begins with http:// or https://."))
ENDS_FIRST = Reason("ends_first", _("It has to end after it begins."))
CLOSES_LATE = Reason("closes_late", _("Registration has to end before the event begins."))
NO_YEAR = Reason("no_year", _("Give a year between 2000 and 2100."))
NO_PLACE = Reason("no_place", _("Say where it is: a place, or the address of an online meeting."))
UNTIL_FIRST = Reason("until_first", _("The last day has to come after the first."))
NOT_BEGUN = Reason("not_begun", _("The event has not begun yet."))
