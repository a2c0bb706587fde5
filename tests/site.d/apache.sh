# apache.sh - the shipped apache/*.conf with this site's values.
# shellcheck shell=bash
