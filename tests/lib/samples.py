# SPDX-License-Identifier: BSD-2-Clause
"""Messages for the trial and the tests, all made here, none from real mail.

Each function returns the message as bytes with CRLF line ends.
"""

import email.utils
import itertools

from lab import BOUNCE_DOMAIN, HOSTNAME

_serial = itertools.count(1)


def message_id(domain="example.com"):
	return "<%d.%s@%s>" % (next(_serial), email.utils.make_msgid(
		domain="x").strip("<>").partition("@")[0], domain)


def verp(sender, recipient, delimiters="+="):
	"""news@b.example.com, ani@gmail.com -> news+ani=gmail.com@b.example.com"""
	user, _, domain = sender.partition("@")
	return "%s%s%s@%s" % (user, delimiters[0], recipient.replace(
		"@", delimiters[1]), domain)


def crlf(text):
	return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def newsletter(sender="news@example.com", to="Our readers <news@example.com>",
               subject="What is new in November"):
	return crlf("""\
From: Example News <%s>
To: %s
Subject: %s
Date: %s
Message-ID: %s
List-Id: Example news <news.example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Dear reader,

this month we have nothing to sell.
""" % (sender, to, subject, email.utils.formatdate(), message_id()))


def returned_header(recipient, return_path):
	return """\
Return-Path: <%s>
From: Example News <news@example.com>
To: %s
Subject: What is new in November
Date: %s
Message-ID: %s
""" % (return_path, recipient, email.utils.formatdate(), message_id())


def dsn(recipient, to, status="5.1.1", action="failed",
        diagnostic="smtp; 550 5.1.1 no such mailbox here",
        reporter="mx.isp.example", return_path=None, ident=None):
	"""A delivery status notification as a remote MTA sends it (RFC 3464).

	recipient: whom it is about; to: the return address that it goes to.
	"""
	return crlf("""\
From: Mail Delivery System <mailer-daemon@%(reporter)s>
To: %(to)s
Subject: Undelivered mail
Date: %(date)s
Message-ID: %(id)s
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="=_dsn"

--=_dsn
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered to %(recipient)s.

--=_dsn
Content-Type: message/delivery-status

Reporting-MTA: dns; %(reporter)s
Arrival-Date: %(date)s

Final-Recipient: rfc822; %(recipient)s
Action: %(action)s
Status: %(status)s
Diagnostic-Code: %(diagnostic)s

--=_dsn
Content-Type: text/rfc822-headers

%(returned)s
--=_dsn--
""" % {"reporter": reporter, "to": to, "recipient": recipient,
       "date": email.utils.formatdate(), "status": status, "action": action,
       "id": ident or message_id(reporter), "diagnostic": diagnostic,
       "returned": returned_header(recipient, return_path or to)})


def complaint(recipient, sender="news@" + BOUNCE_DOMAIN, feedback="abuse",
              reporter="fbl.isp.example", mail_from=None, agent="Example-FBL/1.0"):
	"""A complaint report (RFC 5965) about a message to recipient, whose name
	it keeps to itself: only Original-Mail-From, coded by us, tells it.
	"""
	mail_from = mail_from or verp(sender, recipient)
	return crlf("""\
From: Complaints <feedback@%(reporter)s>
To: fbl@%(domain)s
Subject: Complaint about a message
Date: %(date)s
Message-ID: %(id)s
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
	boundary="=_arf"

--=_arf
Content-Type: text/plain; charset=us-ascii

One of our users says that this message is not wanted.

--=_arf
Content-Type: message/feedback-report

Feedback-Type: %(feedback)s
User-Agent: %(agent)s
Version: 1
Original-Mail-From: <%(mail_from)s>
Arrival-Date: %(date)s
Source-IP: 192.0.2.25
Reported-Domain: example.com

--=_arf
Content-Type: message/rfc822

%(returned)s
Dear reader,

--=_arf--
""" % {"reporter": reporter, "domain": BOUNCE_DOMAIN, "id":
       message_id(reporter), "date": email.utils.formatdate(),
       "feedback": feedback, "agent": agent, "mail_from": mail_from,
       "returned": returned_header("(not told)", mail_from)})


def vacation(sender, to):
	return crlf("""\
From: %s
To: %s
Subject: Away until Monday
Date: %s
Message-ID: %s
Auto-Submitted: auto-replied (vacation)
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

I am on holiday and will answer next week.
""" % (sender, to, email.utils.formatdate(), message_id("isp.example")))


def letter(sender, to, body="Please send me your price list.\n"):
	"""Mail by a person: no report of any kind."""
	return crlf("""\
From: %s
To: %s
Subject: A question
Date: %s
Message-ID: %s
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

%s""" % (sender, to, email.utils.formatdate(), message_id("isp.example"),
         body))


def nested(levels, to):
	"""A message with multiparts nested that deep."""
	head = "From: a@isp.example\nTo: %s\nMessage-ID: %s\nMIME-Version: 1.0\n" % (
		to, message_id("isp.example"))
	opening, closing = [], []
	for n in range(levels):
		opening.append('Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n'
		               % (n, n))
		closing.append("--b%d--\n" % n)
	return crlf(head + "".join(opening) +
	            "Content-Type: text/plain\n\nthe innermost\n" +
	            "".join(reversed(closing)))
