"""Why something may not be done at the help desk; see :mod:`imi.administration.reasons`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from imi.administration.reasons import Reason

NO_DESK = Reason("no_desk", _("This coordinator cannot be asked about this by your authority."))
UNKNOWN_NUMBER = Reason("unknown_number", _("Your authority has no exchange with this number."))
SETTLED = Reason("thread_settled", _("This is settled. Only the side that began it can open it again."))
NOT_SETTLED = Reason("thread_not_settled", _("This is not settled yet."))
NOT_THE_DESK = Reason("not_the_desk", _("Only the authority that was asked does this."))
NO_QUESTION = Reason("no_question", _("This is a message between two authorities, not a question to the help desk."))
NO_COORDINATOR_HERE = Reason(
    "no_coordinator_here", _("Your authority does not stand behind this exchange as a coordinator.")
)
NOT_ADDRESSABLE = Reason("not_addressable", _("This authority cannot be written to about this exchange."))
