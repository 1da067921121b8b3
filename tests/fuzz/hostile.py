#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""hostile - messages made to cost memory or time, each read by carom parse

Usage: hostile.py [CAROM [NAME...]]

Promised of any message of at most 50 MiB: less than 256 MiB of memory and
less than 5 seconds of CPU. Each message here is made to break that in its
own way, at full size. TAP out, with what each one cost. A build with
sanitizers needs more of both, so there the messages are a tenth of the size
and nothing but the answer is tested.
"""

import json
import os
import resource
import sys
import tempfile
from pathlib import Path

MIB = 1024 * 1024
SIZE = 50 * MIB
MAX_RSS = 256 * MIB
MAX_CPU = 5.0
ADDRESS_SPACE = 2048 * MIB  # beyond this malloc fails, and the rest of the machine is safe

HEAD = b'From: MAILER-DAEMON@mx.example.com\nTo: bounces@b.example.com\nSubject: Undelivered Mail Returned to Sender\n'
REPORT = HEAD + b'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n'
STATUS = b'--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n'
ARF = (HEAD + b'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n'
       b'Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nUser-Agent: x\n')
PLAIN = HEAD + b'\n'
HTML = HEAD + b'MIME-Version: 1.0\nContent-Type: text/html\n\n'
QMAIL = HEAD + b'\nHi. This is the qmail-send program at mx.example.com.\nI\'m afraid I wasn\'t able to deliver your message.\n\n'

# Everything that makes reading longer is on; the limits are the built-in ones.
CONFIG = '''[bounce]
domains = b.example.com
keys = {keys}
[own]
hostnames = mx.example.com
[trust]
authserv-ids = mx.example.com
[rules]
local =
[senders]
news@b.example.com = acme/newsletter
'''

MESSAGES = {}


def message(function):
    MESSAGES[function.__name__.replace('_', '-')] = function
    return function


def repeated(head, piece, tail=b''):
    """head, then piece as often as the size allows; piece may be a function of its number."""
    def make(size):
        yield head
        left = size - len(head) - len(tail)
        if callable(piece):
            number = 0
            while left > 0:
                block = b''.join(piece(i) for i in range(number, number + 1000))
                number += 1000
                yield block[:left]
                left -= len(block)
        else:
            block = piece * max(1, 65536 // len(piece))
            while left > 0:
                yield block[:left]
                left -= len(block)
        yield tail
    return make


def add(name, head, piece, tail=b''):
    MESSAGES[name] = repeated(head, piece, tail)


# header
add('fields-millions', b'', b'A: b\n')
add('fields-all-different', b'', lambda i: b'X%d: %d\n' % (i, i))
add('fields-received', b'', b'Received: from a by b; Thu, 26 Nov 2026 10:00:00 +0000\n')
add('field-endless', HEAD + b'X-Long: ', b'x')
add('field-folded', HEAD + b'X-Long: x\n', b' y\n')
add('field-of-encoded-words', b'Subject: ', b'=?utf-8?q?=41?= ')
add('field-of-folded-encoded-words', b'Subject: ', b'=?iso-2022-jp?b?GyRCJSgbKEI=?=\n ')
add('field-encoded-word-open', b'Subject: ', b'=?utf-8?b?')
add('field-of-addresses', b'From: ', b'a@b.example, ')
add('field-of-comments', b'From: ', b'(')
add('field-of-quotes', b'From: ', b'"\\')
add('field-of-routes', b'From: ', b'<@a:')
add('field-of-groups', b'To: ', b'a:b@c;')
add('field-content-type-parameters', HEAD + b'Content-Type: text/plain', lambda i: b'; a%d=b' % i)
add('field-content-type-continuations', HEAD + b'Content-Type: text/plain', lambda i: b'; name*%d*=%%41' % i)
add('field-date', b'Date: ', b'1 ')
add('field-references', b'References: ', b'<a@b> ')
add('field-verp', b'List-Unsubscribe: ', b'a+')
add('field-verp-address', b'List-Unsubscribe: <mailto:', b'a+b=c-', b'@b.example.com>\n\n')
add('field-token', b'X-Carom-Token: ', b'a+', b'@b.example.com\n\n')
add('field-token-of-digits', b'X-Carom-Token: ', b'a' * 26 + b'.')
add('field-message-id', b'Message-ID: <', b'a=-', b'@b.example.com>\n\n')
add('returned-verp', REPORT + STATUS + b'Final-Recipient: rfc822; a@b.example\nAction: failed\n\n--b\nContent-Type: text/rfc822-headers\n\n',
    b'List-Unsubscribe: <mailto:' + b'a+b=c-' * 10000 + b'@b.example.com>\nX-Carom-Token: ' + b'a+' * 30000 + b'@b.example.com\n')
add('fields-authentication-results', b'', b'Authentication-Results: mx.example.com; dkim=pass header.d=a.example\n')
add('field-list-of-auth-results', b'Authentication-Results: mx.example.com', b'; dkim=pass header.d=a.example')
add('header-without-end', b'', b'header line without colon\n')

# structure
add('multiparts-nested', HEAD, lambda i: b'Content-Type: multipart/mixed; boundary=%d\n\n--%d\n' % (i, i))
add('multiparts-nested-one-boundary', HEAD + b'Content-Type: multipart/mixed; boundary=b\n\n', b'--b\nContent-Type: multipart/mixed; boundary=b\n\n')
add('messages-nested', HEAD, b'Content-Type: message/rfc822\n\n')
add('digests-nested', HEAD, lambda i: b'Content-Type: multipart/digest; boundary=%d\n\n--%d\n\n' % (i, i))
add('messages-in-multiparts', HEAD, lambda i: b'Content-Type: multipart/mixed; boundary=%d\n\n--%d\nContent-Type: message/rfc822\n\n' % (i, i))
add('parts-millions', REPORT, b'--b\n\n')
add('parts-with-header', REPORT, b'--b\nContent-Type: text/plain\n\nx\n')
add('parts-crlf', REPORT.replace(b'\n', b'\r\n'), b'--b\r\n\r\nx\r\n')
add('parts-returned-messages', REPORT, b'--b\nContent-Type: message/rfc822\n\nSubject: x\n\nx\n')
add('parts-many-statuses', REPORT, STATUS + b'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n')
add('boundaries-alike', REPORT, b'--bb\n')
add('boundaries-very-long', HEAD + b'Content-Type: multipart/mixed; boundary=' + b'b' * 60000 + b'\n\n', b'--' + b'b' * 59999 + b'\n')
add('boundary-dashes', REPORT, b'-')
add('boundary-lines-of-dashes', REPORT, b'--\n')
add('boundary-closed-again', REPORT, b'--b--\n')
add('boundary-empty', HEAD + b'Content-Type: multipart/mixed; boundary=""\n\n', b'--\n\n')

# lines and bytes
add('one-line', PLAIN, b'x')
add('one-line-of-spaces', PLAIN, b' ')
add('empty-lines', PLAIN, b'\n')
add('empty-lines-crlf', PLAIN, b'\r\n')
add('carriage-returns', PLAIN, b'\r')
add('nuls', PLAIN, b'\0')
add('nuls-alone', b'', b'\0')
add('bytes-255', PLAIN, b'\xff')
add('utf8-cut', PLAIN, b'\xe2\x82')
add('escapes-iso-2022-jp', HEAD + b'Content-Type: text/plain; charset=iso-2022-jp\n\n', b'\x1b$B\x1b(B')
add('charset-utf7', HEAD + b'Content-Type: text/plain; charset=utf-7\n\n', b'+AAAA-')
add('charset-wrong', HEAD + b'Content-Type: text/plain; charset=gb18030\n\n', b'\xff\xfe')
add('charset-shift-jis-cut', HEAD + b'Content-Type: text/plain; charset=shift_jis\n\n', b'\x81')
for c, name in ((b'<', 'less-thans'), (b'@', 'ats'), (b'>', 'greater-thans'), (b':', 'colons'), (b'"', 'quotes'), (b'(', 'parentheses'),
                (b'[', 'brackets'), (b'.', 'dots'), (b'-', 'dashes'), (b'5', 'digits'), (b'=', 'equals'), (b'&', 'ampersands'), (b';', 'semicolons'),
                (b'>\n', 'quotings'), (b'=?', 'encoded-word-openings'), (b'<a@b.example> ', 'addresses'), (b'<a@b.example>:\n', 'address-paragraphs'),
                (b'a@', 'half-addresses'), (b'550 5.1.1 ', 'codes'), (b'5.1.1.', 'dotted-codes'), (b'a ', 'words')):
    add('text-of-' + name, PLAIN, c)
    add('status-of-' + name, REPORT + STATUS, c)
    add('html-of-' + name, HTML, c)
add('text-of-lines-with-colon', PLAIN, b'a: b\n')
add('text-of-different-addresses', PLAIN, lambda i: b'<a%d@b.example>: 550 no\n' % i)
add('text-of-icann-words', PLAIN, b'user unknown mailbox full blocked spam ')
add('html-tag-soup', HTML, b'<p><b><!-- --><a href="x@y.example">&lt;z&#64;q.example&gt;</td></tr><br/>')
add('html-comments-open', HTML, b'<!--')
add('html-styles-open', HTML, b'<style>')
add('html-scripts', HTML, b'<script>x</script')
add('html-entities', HTML, b'&#64;')
add('html-deep', HTML, b'<div>')
add('html-tags-with-ats', HTML, b'<a@b ')

# encodings
B64 = HEAD + b'MIME-Version: 1.0\nContent-Transfer-Encoding: base64\nContent-Type: '
QP = HEAD + b'MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\nContent-Type: '
add('base64-text', B64 + b'text/plain\n\n', b'QUBBQEFAQUBBQEFAQUBBQEFAQUBBQEFAQUBBQEFAQUBBQEFAQUBBQEFAQUBBQEFAQUBBQEFA\n')
add('base64-one-line', B64 + b'text/html\n\n', b'PDw8')
add('base64-rubbish', B64 + b'text/plain\n\n', b'%%%%=')
add('base64-message', B64 + b'message/rfc822\n\n', b'QTogYgpBOiBiCkE6IGIKQTogYgpBOiBi\n')
add('base64-status', REPORT + b'--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n', b'RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFAYgpBY3Rpb246IGZhaWxlZAoK\n')
add('quoted-printable-text', QP + b'text/plain\n\n', b'=41=40=3C=\n')
add('quoted-printable-soft-breaks', QP + b'text/plain\n\n', b'=\n')
add('quoted-printable-cut', QP + b'text/html\n\n', b'=3')
add('uuencoded', HEAD + b'Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n', b'M' + b'!' * 60 + b'\n')

# reports
RECIPIENT = b'Final-Recipient: rfc822; a%d@b.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user a%d\n\n'
add('recipients-thousands', REPORT + STATUS, lambda i: RECIPIENT % (i, i))
add('recipients-all-the-same', REPORT + STATUS, RECIPIENT % (1, 1))
add('recipients-without-address', REPORT + STATUS, b'Final-Recipient: rfc822; nobody\nAction: failed\nStatus: 5.1.1\n\n')
add('recipients-without-blank-line', REPORT + STATUS, b'Final-Recipient: rfc822; a@b.example\n')
add('status-blocks-empty', REPORT + STATUS, b'x: y\n\n')
add('diagnostic-endless', REPORT + STATUS + b'Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: smtp; 550 ', b'user unknown ')
add('diagnostic-folded', REPORT + STATUS + b'Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: smtp; 550\n', b' said: 550\n')
add('feedback-recipients', ARF, lambda i: b'Original-Rcpt-To: a%d@b.example\n' % i)
add('feedback-domains', ARF, lambda i: b'Reported-Domain: a%d.example\n' % i)
add('feedback-fields', ARF, b'Source-IP: 192.0.2.1\n')
add('failed-recipients-field', HEAD + b'X-Failed-Recipients: ', lambda i: b'a%d@b.example, ' % i, b'\n\n')
add('qmail-paragraphs', QMAIL, lambda i: b'<a%d@b.example>:\n550 no such user\n\n' % i)
add('qmail-one-paragraph', QMAIL + b'<a@b.example>:\n', b'550 no such user\n')
add('qmail-no-paragraph', QMAIL, b'<a@b.example\n\n')
add('exim-recipients', HEAD + b'\nThis message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\n'
    b'recipients. This is a permanent error. The following address(es) failed:\n\n', lambda i: b'  a%d@b.example\n    550 no such user\n\n' % i)
add('sendmail-transcript', HEAD + b'\n   ----- The following addresses had permanent fatal errors -----\n', b'<a@b.example>\n    (reason: 550 5.1.1 no)\n',
    b'\n   ----- Transcript of session follows -----\n')
add('sendmail-replies', HEAD + b'\n   ----- Transcript of session follows -----\n', b'>>> RCPT To:<a@b.example>\n<<< 550 5.1.1 no\n')
add('returned-headers', REPORT + b'--b\nContent-Type: text/rfc822-headers\n\n', b'To: a@b.example\n')
add('returned-in-text', PLAIN + b'--- Below this line is a copy of the message.\n\n', b'Return-Path: <a@b.example>\nTo: c@d.example\n\n')
add('mbox-lines', PLAIN, b'\n\nFrom a@b Thu Nov 26 10:00:00 2026\n')


@message
def recipients_with_odd_words(size):
    """Each reply made of what rules look for: many are candidates, none decides."""
    words = [b'over quota', b'listed in', b'blocked using', b'mailbox full', b'user unknown', b'does not exist', b'reputation', b'policy', b'rate limit', b'spam']
    yield REPORT + STATUS
    for i in range(min(1000, size // 4000)):
        text = b' - '.join(words[(i + j) % len(words)][:-1] + b'_' for j in range(150))
        yield b'Final-Recipient: rfc822; a%d@b.example\nAction: failed\nDiagnostic-Code: smtp; 550 %s\n\n' % (i, text)


@message
def recipients_with_one_word(size):
    """Each reply is one common word again and again, which makes patterns begin at every place."""
    yield REPORT + STATUS
    for i in range(min(1000, size // 4000)):
        yield b'Final-Recipient: rfc822; a%d@b.example\nAction: failed\nDiagnostic-Code: smtp; %s\n\n' % (i, (b'user ', b'mailbox ', b'address ')[i % 3] * 300)


@message
def multiparts_nested_and_closed(size):
    """Valid all the way down and up again."""
    depth = size // 80
    yield HEAD
    for start in range(0, depth, 1000):
        yield b''.join(b'Content-Type: multipart/mixed; boundary=%d\n\n--%d\n' % (i, i) for i in range(start, start + 1000))
    for start in range(depth, 0, -1000):
        yield b''.join(b'--%d--\n' % i for i in range(start - 1, start - 1001, -1))


@message
def base64_messages_nested(size):
    """A message in base64 in a message in base64, as deep as the size allows."""
    import base64
    inner = PLAIN + b'x' * 1000
    while len(inner) < size * 0.7:
        inner = B64 + b'message/rfc822\n\n' + base64.encodebytes(inner)
    yield inner[:size]

def texts_of(kind, encode, charset):
    """As many parts as the size allows, each as large as a part's text may be."""
    def make(size):
        import base64
        text = b'\xff' * MIB
        body = base64.encodebytes(text) if encode else text
        left = size - len(REPORT)
        yield REPORT
        while left > 0:
            part = (b'--b\nContent-Type: ' + kind + b'; charset=' + charset + b'\nContent-Transfer-Encoding: ' + (b'base64' if encode else b'8bit') + b'\n\n' + body + b'\n')
            yield part[:left]
            left -= len(part)
    return make


for kind in (b'text/plain', b'text/html', b'message/delivery-status', b'text/rfc822-headers', b'message/rfc822', b'message/feedback-report'):
    for encode, charset in ((False, b'iso-8859-1'), (True, b'iso-8859-1'), (False, b'gb18030'), (False, b'utf-16')):
        MESSAGES[f'texts-{kind.decode().replace("/", "-")}-{charset.decode()}{"-base64" if encode else ""}'] = texts_of(kind, encode, charset)


def mailbox(size):
    """An mbox of a hundred thousand messages: no message, but memory must not grow with it. Nothing limits its time."""
    yield from repeated(b'', b'From a@b Thu Nov 26 10:00:00 2026\nSubject: x\n\nhi\n\n')(size)


def run(carom, path):
    """(exit status, output, peak memory in bytes, CPU seconds) of carom parse path."""
    output = tempfile.TemporaryFile()
    pid = os.fork()
    if pid == 0:
        try:
            if not SANITIZED:
                resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
            resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
            os.dup2(output.fileno(), 1)
            os.execv(carom, [carom, 'parse', str(path)])
        finally:
            os._exit(127)
    _, status, usage = os.wait4(pid, 0)
    output.seek(0)
    return os.waitstatus_to_exitcode(status), output.read(), usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime


def judge(status, output, rss, cpu):
    """What is wrong, or None."""
    if status != 0:
        return f'exit status {status}'
    try:
        lines = [json.loads(line) for line in output.splitlines()]
    except ValueError as error:
        return f'output is no JSON: {error}'
    if len(lines) != 1:
        return f'{len(lines)} reports of one message'
    if not SANITIZED and rss >= MAX_RSS:
        return f'more than {MAX_RSS // MIB} MiB'
    if not SANITIZED and cpu >= MAX_CPU:
        return f'more than {MAX_CPU:.0f} s'
    return None


def judge_mailbox(status, output, rss):
    if status != 0 or output.count(b'\n') < 1000 or output.count(b'\n') != output.count(b'"kind":'):
        return f'exit status {status}, {output.count(b"{")} lines'
    return None if SANITIZED or rss < MAX_RSS else f'more than {MAX_RSS // MIB} MiB'


def main():
    global SANITIZED
    carom = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.environ.get('CAROM', 'carom'))
    MESSAGES['mailbox'] = mailbox
    names = sys.argv[2:] or list(MESSAGES)
    SANITIZED = b'__asan_init' in Path(carom).read_bytes() or b'__tsan_init' in Path(carom).read_bytes()
    failed = 0
    worst = [(0, ''), (0, '')]
    print(f'1..{len(names)}')
    with tempfile.TemporaryDirectory(prefix='carom-hostile-') as folder:
        path = Path(folder) / 'message'
        config = Path(folder) / 'carom.conf'
        keys = Path(folder) / 'keys'
        keys.write_text('a ' + '2a' * 32 + '\n')
        keys.chmod(0o600)
        config.write_text(CONFIG.format(keys=keys))
        os.environ['CAROM_CONFIG'] = str(config)
        for number, name in enumerate(names, 1):
            with open(path, 'wb') as file:
                for chunk in MESSAGES[name](SIZE // 10 if SANITIZED or name == 'mailbox' else SIZE):
                    file.write(chunk)
            status, output, rss, cpu = run(carom, path)
            wrong = judge_mailbox(status, output, rss) if name == 'mailbox' else judge(status, output, rss, cpu)
            failed += wrong is not None
            worst = worst if name == 'mailbox' else [max(worst[0], (rss, name)), max(worst[1], (cpu, name))]
            print(f'{"not " if wrong else ""}ok {number} - {name}: {rss / MIB:.0f} MiB, {cpu:.2f} s{" # " + wrong if wrong else ""}', flush=True)
    print(f'# most memory: {worst[0][0] / MIB:.0f} MiB ({worst[0][1]}); most CPU: {worst[1][0]:.2f} s ({worst[1][1]})')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
