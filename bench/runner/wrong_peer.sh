#!/bin/sh
# A peer whose result is wrong, for the test that attune_bench sees it.
if [ "$1" = --list ]; then
  echo one_operation
  exit
fi
while
  echo '{"library":"wrong-1.0","work":"one_operation","seconds":1e-6,"processor_seconds":1e-6,"result":[3.5]}'
  read -r _
do :; done
