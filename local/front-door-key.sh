#!/bin/sh
# Give the state folder $1 a key with which the front door signs, and its key set, once; $2 is the command `compliance`.
set -e
door=$1/front-door
[ -f "$door/keys.json" ] && exit
mkdir -p "$1"
rm -rf "$door"
mkdir -m 700 "$door"
{
  "$2" keys attest new -o "$door" > "$door/public.json"
  "$2" keys attest publish "$door/new.json" "$door/public.json"
} > /dev/null 2> "$door/log" || { cat "$door/log" >&2; exit 1; }
mv "$door"/*.private.json "$door/private.json"
mv "$door/new.json" "$door/keys.json"
