#!/bin/sh
# Shows what the web server hands to a program: user, path, method, length, words, body. Answers 418 to be told apart.
body="$(head -c "${CONTENT_LENGTH:-0}")"
printf 'Status: 418 Shown\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
printf 'user=%s\npath=%s\nscript=%s\nmethod=%s\nquery=%s\nlength=%s\nbody=%s\n' \
    "$(id -un)" "$PATH_INFO" "$SCRIPT_NAME" "$REQUEST_METHOD" "$QUERY_STRING" "$CONTENT_LENGTH" "$body"
