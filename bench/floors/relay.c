/* The floor under every floor: one thread, one epoll, no library. It pairs whoever comes next and relays frames
 * as they are. It speaks just enough HTTP and WebSocket for bench/load.py, on loopback, and nobody else:
 * no fragments, no ping, and a peer that does not read is cut off rather than buffered for. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN_MAX = 65536 + 14, EVENTS = 1024 };

typedef struct person {
    int fd, open;
    struct person *peer;
    unsigned room;
    size_t held; /* bytes of an unfinished frame, kept in rest */
    unsigned char *rest;
} person;

static person *waiting; /* never more than one: whoever comes second is paired */
static unsigned rooms;
static int poller;

static uint32_t rotate(uint32_t value, int by) { return value << by | value >> (32 - by); }

/* FIPS 180-4, for inputs of up to 119 bytes: the handshake hashes 60. */
static void sha1(const char *text, size_t size, unsigned char out[20]) {
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    unsigned char block[128] = {0};
    size_t blocks = size + 9 > 64 ? 2 : 1;
    memcpy(block, text, size);
    block[size] = 0x80;
    block[blocks * 64 - 2] = (unsigned char)(size >> 5);
    block[blocks * 64 - 1] = (unsigned char)(size << 3);
    for (size_t b = 0; b < blocks; b++) {
        uint32_t w[80], v[5];
        for (int i = 0; i < 16; i++) {
            const unsigned char *p = block + b * 64 + i * 4;
            w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        }
        for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        memcpy(v, h, sizeof v);
        for (int i = 0; i < 80; i++) {
            uint32_t f, k;
            if (i < 20) f = (v[1] & v[2]) | (~v[1] & v[3]), k = 0x5a827999;
            else if (i < 40) f = v[1] ^ v[2] ^ v[3], k = 0x6ed9eba1;
            else if (i < 60) f = (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3]), k = 0x8f1bbcdc;
            else f = v[1] ^ v[2] ^ v[3], k = 0xca62c1d6;
            uint32_t t = rotate(v[0], 5) + f + v[4] + k + w[i];
            v[4] = v[3], v[3] = v[2], v[2] = rotate(v[1], 30), v[1] = v[0], v[0] = t;
        }
        for (int i = 0; i < 5; i++) h[i] += v[i];
    }
    for (int i = 0; i < 20; i++) out[i] = (unsigned char)(h[i / 4] >> (24 - i % 4 * 8));
}

static void base64(const unsigned char *in, size_t size, char *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < size ? in[i + 1] << 8 : 0) | (i + 2 < size ? in[i + 2] : 0);
        *out++ = digits[v >> 18];
        *out++ = digits[v >> 12 & 63];
        *out++ = i + 1 < size ? digits[v >> 6 & 63] : '=';
        *out++ = i + 2 < size ? digits[v & 63] : '=';
    }
    *out = 0;
}

static void drop(person *who) {
    if (who->peer) who->peer->peer = NULL;
    if (waiting == who) waiting = NULL;
    close(who->fd);
    free(who->rest);
    free(who);
}

static void push(person *who, const void *bytes, size_t size) {
    if (send(who->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size) shutdown(who->fd, SHUT_RDWR);
}

/* Write the header in front of the payload, where the caller has left four bytes of room, and send both at once. */
static void say(person *who, unsigned char *payload, size_t size) {
    if (size < 126) {
        payload[-2] = 0x81, payload[-1] = (unsigned char)size;
        push(who, payload - 2, size + 2);
    } else {
        payload[-4] = 0x81, payload[-3] = 126, payload[-2] = (unsigned char)(size >> 8), payload[-1] = (unsigned char)size;
        push(who, payload - 4, size + 4);
    }
}

static void tell(person *who, const char *format, const char *more) {
    char text[256];
    int size = snprintf(text + 4, sizeof text - 4, format, who->room, more);
    say(who, (unsigned char *)text + 4, (size_t)size);
}

static void pair(person *who) {
    static const char started[] =
        "{\"type\":\"room.started\",\"room\":{\"room_id\":\"00000000-0000-4000-8000-%012u\",\"role\":\"%s\"}}";
    person *peer = waiting;
    waiting = peer ? NULL : who;
    if (!peer) return;
    peer->peer = who, who->peer = peer;
    peer->room = who->room = ++rooms;
    tell(peer, started, "offerer");
    tell(who, started, "answerer");
}

static void end(person *who) {
    static const char ended[] =
        "{\"type\":\"room.ended\",\"room_id\":\"00000000-0000-4000-8000-%012u\",\"reason\":\"%s\"}";
    person *peer = who->peer;
    if (!peer) return;
    who->peer = peer->peer = NULL;
    tell(who, ended, "next");
    tell(peer, ended, "next");
    pair(who);
}

static int begins(const unsigned char *text, size_t size, const char *with) {
    return size >= strlen(with) && !memcmp(text, with, strlen(with));
}

static void hear(person *who, unsigned char *text, size_t size) {
    if (begins(text, size, "{\"type\":\"signal\"")) {
        if (who->peer) say(who->peer, text, size);
    } else if (begins(text, size, "{\"type\":\"queue.join\"")) pair(who);
    else if (begins(text, size, "{\"type\":\"room.leave\"")) end(who);
    else if (begins(text, size, "{\"type\":\"hello\"")) tell(who, "{\"type\":\"welcome\",\"number\":%u%s}", "");
}

static int greet(person *who, char *request, size_t size) {
    char key[64], accept[32], answer[192];
    unsigned char digest[20];
    request[size] = 0;
    if (!strstr(request, "\r\n\r\n")) return 0;
    char *at = strcasestr(request, "\r\nSec-WebSocket-Key: ");
    if (!at || sscanf(at + 21, "%24s", key) != 1) return 0;
    strcat(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    sha1(key, strlen(key), digest);
    base64(digest, sizeof digest, accept);
    int length = snprintf(answer, sizeof answer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
        accept);
    push(who, answer, (size_t)length);
    return who->open = 1;
}

/* Take whole frames off the front of data; return how many bytes they were, or 0 with *dead set. */
static size_t frames(person *who, unsigned char *data, size_t size, int *dead) {
    size_t at = 0;
    while (size - at >= 6) {
        size_t length = data[at + 1] & 127, head = 6;
        if (length == 126) {
            if (size - at < 8) break;
            length = (size_t)data[at + 2] << 8 | data[at + 3], head = 8;
        } else if (length == 127) {
            *dead = 1;
            return 0;
        }
        if (size - at < head + length) break;
        unsigned char *text = data + at + head, *mask = text - 4;
        uint32_t key, word;
        memcpy(&key, mask, 4);
        size_t i = 0;
        for (; i + 4 <= length; i += 4) memcpy(&word, text + i, 4), word ^= key, memcpy(text + i, &word, 4);
        for (; i < length; i++) text[i] ^= mask[i & 3];
        if ((data[at] & 15) == 8) *dead = 1;
        else hear(who, text, length);
        at += head + length;
    }
    return at;
}

static void readable(person *who) {
    static unsigned char buffer[2 * IN_MAX];
    int dead = 0;
    if (who->held) memcpy(buffer, who->rest, who->held);
    ssize_t got = recv(who->fd, buffer + who->held, IN_MAX - 1, MSG_DONTWAIT);
    if (got <= 0) return drop(who);
    size_t size = who->held + (size_t)got;
    size_t used = who->open ? frames(who, buffer, size, &dead) : greet(who, (char *)buffer, size) ? size : 0;
    who->held = size - used;
    if (dead || who->held > IN_MAX) return drop(who);
    if (who->held) memcpy(who->rest = realloc(who->rest, who->held), buffer + used, who->held);
}

static void welcome(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), on = 1;
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    person *who = calloc(1, sizeof *who);
    who->fd = fd;
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = who});
}

int main(int count, char **words) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(count > 1 ? words[1] : "0"))};
    struct epoll_event events[EVENTS];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) return perror("listen"), 1;
    poller = epoll_create1(0);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.ptr = NULL});
    for (;;) {
        int ready = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < ready; i++)
            if (events[i].data.ptr) readable(events[i].data.ptr);
            else welcome(listener);
    }
}
