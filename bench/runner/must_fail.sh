#!/bin/sh
# For tests: passes where the command ends with a status other than 0 and says the text, an extended
# regular expression over all lines as one. CTest alone looks at the status or at the text, never
# at both.
# usage: must_fail.sh TEXT COMMAND [ARGUMENT...]
text=$1
shift
said=$("$@" 2>&1)
status=$?
echo "$said"
if [ $status = 0 ]; then
  echo "must_fail: the status is 0, expected a failure that says: $text"
  exit 1
fi
if ! echo "$said" | tr '\n' ' ' | grep -Eq -e "$text"; then
  echo "must_fail: status $status, but it does not say: $text"
  exit 1
fi
