#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Signed return addresses for carom, as carom-verp(7) describes them.

	keys = read_keys("/etc/carom/keys")
	sender = return_address("alice@example.org", "bounces@b.example.com", keys)

From the shell: verp.py KEYFILE SENDER RECIPIENT [STREAM [YYYY-MM-DD [ID]]]

Only Python itself is needed. An address that is too long, or has characters
that only a token carries, raises NeedsToken: then ask the database, whose
carom.verp() makes either form, or give the number that
carom.address_id() has for the recipient.
"""

import datetime
import hashlib
import hmac
import re
import sys

BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
LOCAL_MAX = 64  # octets before the @, RFC 5321
TOKEN_LOCAL_MAX = 40  # a token leaves room for what forwarders add
SHORT_STREAM = 2 ** 10 - 1  # more takes five digits
MAX_STREAM = 2 ** 25 - 1
MAX_ID = 2 ** 40 - 1


class NeedsToken(ValueError):
	"""The recipient does not fit into the address itself."""


def read_keys(path):
	"""The keys file as a list of (id, secret); the last one signs."""
	with open(path, encoding="ascii") as file:
		lines = [line.split() for line in file]
	return [(words[0], bytes.fromhex(words[1])) for words in lines
	        if words and not words[0].startswith("#")]


def base32(number, digits):
	return "".join(BASE32[number >> 5 * n & 31]
	               for n in reversed(range(digits)))


def stream_digits(stream):
	if not 0 <= stream <= MAX_STREAM:
		raise ValueError("stream %d is out of range" % stream)
	return base32(stream, 5 if stream > SHORT_STREAM else 2)


def mac(secret, *lines):
	"""12 digits: the first 60 bits of HMAC-SHA-256 over the lines."""
	text = "\n".join(lines).encode("ascii").lower()
	digest = hmac.new(secret, text, hashlib.sha256).digest()
	return base32(int.from_bytes(digest[:8], "big") >> 4, 12)


def day_number(day):
	day = day or datetime.datetime.now(datetime.timezone.utc).date()
	number = (day - datetime.date(2020, 1, 1)).days
	if not 0 <= number < 2 ** 15:
		raise ValueError("%s is out of range" % day)
	return number


def mailbox(recipient):
	"""The address with its domain in lower case."""
	local, at, domain = recipient.strip().rpartition("@")
	domain = domain.rstrip(".").lower()
	if not (local and at and domain):
		raise ValueError("%r is no address" % recipient)
	if not domain.isascii():
		raise ValueError("%r: write the domain as A-labels (xn--)" % recipient)
	return local, domain


def split_sender(sender):
	local, at, domain = sender.rpartition("@")
	if not (local and at and domain):
		raise ValueError("%r is no sender address" % sender)
	return local, domain


def token(address_id, keys, stream=0, day=None):
	"""26 or 29 characters that name the recipient by its number."""
	if not 1 <= address_id <= MAX_ID:
		raise ValueError("number %d is out of range" % address_id)
	key, secret = keys[-1]
	head = key + base32(address_id, 8) + base32(day_number(day), 3) \
		+ stream_digits(stream)
	return head + mac(secret, "carom1", "token", head)


def return_address(recipient, sender, keys, stream=0, day=None,
                   address_id=None, delimiter="+"):
	"""The return address for mail to recipient: with the recipient in it, or,
	where that does not fit and address_id is given, with a token.
	"""
	local, domain = mailbox(recipient)
	name, own_domain = split_sender(sender)
	key, secret = keys[-1]
	head = key + base32(day_number(day), 3) + stream_digits(stream)
	if not (re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+", local) and
	        re.fullmatch(r"[a-z0-9._-]+", domain) and "." in domain and
	        not local.endswith("=") and
	        len(name) + len(local) + len(domain) + 15 + len(head) <= LOCAL_MAX):
		if address_id is None:
			raise NeedsToken("%s fits into a token only" % recipient)
		word = name + delimiter + token(address_id, keys, stream, day)
		if len(word) > TOKEN_LOCAL_MAX:
			raise ValueError("%s is too long before its @" % sender)
		return word + "@" + own_domain
	tag = head + mac(secret, "carom1", "address", sender,
	                 local + "@" + domain, head)
	return "%s%s%s=%s%s%s@%s" % (name, delimiter, local, domain, delimiter,
	                             tag, own_domain)


def main(arguments):
	if not 3 <= len(arguments) <= 6:
		sys.exit("usage: verp.py KEYFILE SENDER RECIPIENT "
		         "[STREAM [YYYY-MM-DD [ID]]]")
	file, sender, recipient, stream, day, number = (
		arguments + [None] * 3)[:6]
	print(return_address(
		recipient, sender, read_keys(file), int(stream or 0),
		datetime.date.fromisoformat(day) if day else None,
		int(number) if number else None))


if __name__ == "__main__":
	try:
		main(sys.argv[1:])
	except (ValueError, OSError) as error:
		sys.exit("verp.py: %s" % error)
