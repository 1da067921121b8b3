#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# with_sisimai.pl LIST - Sisimai reads every file that LIST names, in one process
use strict;
use warnings;
use Sisimai;

open(my $list, '<', shift) or die;
my ($messages, $reports) = (0, 0);
while (my $path = <$list>) {
	chomp $path;
	my $found = eval { local $SIG{__WARN__} = sub {}; Sisimai->make($path) };
	$messages++;
	$reports++ if $found && @$found;
}
print "$messages messages, $reports with a report\n";
