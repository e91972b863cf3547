/* The yardstick for a page: the least that a CGI program can do. Built static, like NEO. */
#include <stdio.h>

int main(void) {
    fputs("Status: 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<!doctype html><title>Hello</title><p>Hello\n", stdout);
    return 0;
}
