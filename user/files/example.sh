#!/bin/sh
# What a fork costs in memory: the counters around a few commands.

mkdir /example
echo one >/example/list
echo two >>/example/list
(echo three; echo four) >>/example/list
grep -n t /example/list | wc

echo 'The shell forked and ran programs for these lines:'
memstat | grep forks
memstat | grep execs
memstat | grep shared

rm /example/list /example && echo 'All is removed again.'
