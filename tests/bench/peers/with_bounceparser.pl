#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# with_bounceparser.pl LIST - Mail::DeliveryStatus::BounceParser reads every file that LIST names, in one process
use strict;
use warnings;
use Mail::DeliveryStatus::BounceParser;

open(my $list, '<', shift) or die;
my ($messages, $reports) = (0, 0);
while (my $path = <$list>) {
	chomp $path;
	open(my $file, '<', $path) or next;
	my $text = do { local $/; <$file> };
	my $bounce = eval { local $SIG{__WARN__} = sub {}; Mail::DeliveryStatus::BounceParser->new($text) };
	$messages++;
	$reports++ if $bounce && $bounce->is_bounce;
}
print "$messages messages, $reports with a report\n";
