<?php
// SPDX-License-Identifier: BSD-2-Clause
/*
 * Signed return addresses for carom, as carom-verp(7) describes them.
 *
 *	$keys = carom_read_keys('/etc/carom/keys');
 *	$sender = carom_return_address('alice@example.org', 'bounces@b.example.com', $keys);
 *
 * From the shell: php verp.php KEYFILE SENDER RECIPIENT [STREAM [YYYY-MM-DD [ID]]]
 *
 * Only PHP 8 (64 bits) itself is needed. An address that is too long, or has
 * characters that only a token carries, throws LengthException: then ask the
 * database, whose carom.verp() makes either form, or give the number that
 * carom.address_id() has for the recipient.
 */
declare(strict_types=1);

/* The keys file as [[id, secret], ...]; the last one signs. */
function carom_read_keys(string $file): array
{
	$lines = @file($file, FILE_IGNORE_NEW_LINES);
	if ($lines === false)
		throw new RuntimeException("$file cannot be read");
	$keys = [];
	foreach ($lines as $line) {
		$words = preg_split('/\s+/', trim($line));
		if ($words[0] !== '' && $words[0][0] !== '#')
			$keys[] = [$words[0], hex2bin($words[1])];
	}
	return $keys;
}

function carom_base32(int $number, int $digits): string
{
	for ($text = ''; $digits > 0; $digits--, $number >>= 5)
		$text = 'abcdefghijklmnopqrstuvwxyz234567'[$number & 31] . $text;
	return $text;
}

/* Two digits up to 1023, five from there on. */
function carom_stream_digits(int $stream): string
{
	if ($stream < 0 || $stream >= 1 << 25)
		throw new ValueError("stream $stream is out of range");
	return carom_base32($stream, $stream > 1023 ? 5 : 2);
}

/* ASCII alone, whatever the locale. */
function carom_lower(string $text): string
{
	return strtr($text, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz');
}

/* 12 digits: the first 60 bits of HMAC-SHA-256 over the lines. */
function carom_mac(string $secret, string ...$lines): string
{
	$digest = hash_hmac('sha256', carom_lower(implode("\n", $lines)), $secret, true);
	[$high, $low] = array_values(unpack('N2', $digest));
	return carom_base32($high << 28 | $low >> 4, 12);
}

/* Days since 2020-01-01 (UTC) of YYYY-MM-DD, or of today. */
function carom_day_number(?string $day): int
{
	$number = intdiv($day === null ? time() : (int) strtotime("$day UTC"), 86400) - 18262;
	if ($number < 0 || $number > 32767)
		throw new ValueError("$day is out of range");
	return $number;
}

/* 26 or 29 characters that name the recipient by its number. */
function carom_token(int $address_id, array $keys, int $stream = 0, ?string $day = null): string
{
	if ($address_id < 1 || $address_id >= 1 << 40)
		throw new ValueError("number $address_id is out of range");
	[$key, $secret] = end($keys);
	$head = $key . carom_base32($address_id, 8) . carom_base32(carom_day_number($day), 3) . carom_stream_digits($stream);
	return $head . carom_mac($secret, 'carom1', 'token', $head);
}

/*
 * The return address for mail to $recipient: with the recipient in it, or,
 * where that does not fit and $address_id is given, with a token.
 */
function carom_return_address(string $recipient, string $sender, array $keys, int $stream = 0, ?string $day = null,
	?int $address_id = null, string $delimiter = '+'): string
{
	if (!preg_match('/^(.+)@([^@]+?)\.*$/Ds', trim($recipient), $to) || !preg_match('/^(.+)@([^@]+)$/Ds', $sender, $from))
		throw new ValueError("\"$recipient\" or \"$sender\" is no address");
	$domain = carom_lower($to[2]);
	if (preg_match('/[\x80-\xff]/', $domain))
		throw new ValueError("\"$recipient\": write the domain as A-labels (xn--)");
	[$key, $secret] = end($keys);
	$head = $key . carom_base32(carom_day_number($day), 3) . carom_stream_digits($stream);
	if (!preg_match('/^[A-Za-z0-9!#$%&\'*+\/=?^_`{|}~.-]+$/D', $to[1]) || !preg_match('/^[a-z0-9_.-]+$/D', $domain) || !str_contains($domain, '.')
		|| str_ends_with($to[1], '=') || strlen($from[1]) + strlen($to[1]) + strlen($domain) + 15 + strlen($head) > 64) {
		if ($address_id === null)
			throw new LengthException("$recipient fits into a token only");
		$word = $from[1] . $delimiter . carom_token($address_id, $keys, $stream, $day);
		if (strlen($word) > 40)
			throw new ValueError("$sender is too long before its @");
		return "$word@$from[2]";
	}
	$tag = $head . carom_mac($secret, 'carom1', 'address', $sender, "$to[1]@$domain", $head);
	return "$from[1]$delimiter$to[1]=$domain$delimiter$tag@$from[2]";
}

if (PHP_SAPI === 'cli' && realpath($_SERVER['SCRIPT_FILENAME']) === __FILE__) {
	if ($argc < 4 || $argc > 7) {
		fwrite(STDERR, "usage: verp.php KEYFILE SENDER RECIPIENT [STREAM [YYYY-MM-DD [ID]]]\n");
		exit(64);
	}
	try {
		echo carom_return_address($argv[3], $argv[2], carom_read_keys($argv[1]), (int) ($argv[4] ?? 0), $argv[5] ?? null,
			isset($argv[6]) ? (int) $argv[6] : null), "\n";
	} catch (Throwable $error) {
		fwrite(STDERR, 'verp.php: ' . $error->getMessage() . "\n");
		exit(1);
	}
}
