// replay INTERFACE CAPTURE FIRST COUNT PPS: sends COUNT frames of a classic capture file, from the FIRST one on (and from the beginning again
// when it ends), at PPS frames a second, and prints how many were sent in how many seconds. Each pass has other IP addresses, or a receiver
// would see nothing but old connections' segments again; their checksums are wrong then.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32 };

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/// Turns both addresses of a frame from what they were in pass `from` to what they are in pass `to`.
static void turn(uint8_t *frame, size_t size, uint8_t from, uint8_t to) {
    size_t at = 12;
    while (at + 44 <= size && frame[at] == 0x81 && frame[at + 1] == 0) at += 4;
    uint8_t change = from ^ to;
    if (frame[at] == 0x08 && frame[at + 1] == 0x00 && at + 22 <= size) {
        frame[at + 2 + 14] ^= change;
        frame[at + 2 + 18] ^= change;
    } else if (frame[at] == 0x86 && frame[at + 1] == 0xdd && at + 42 <= size) {
        frame[at + 2 + 15] ^= change;
        frame[at + 2 + 31] ^= change;
    }
}

static void fail(const char *what) {
    fprintf(stderr, "replay: %s: %s\n", what, strerror(errno));
    exit(1);
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: replay INTERFACE CAPTURE FIRST COUNT PPS\n");
        return 2;
    }
    int64_t first = atoll(argv[3]), count = atoll(argv[4]), rate = atoll(argv[5]);
    int file = open(argv[2], O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) < 0) fail(argv[2]);
    uint8_t *bytes = mmap(0, status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (bytes == MAP_FAILED) fail(argv[2]);
    uint32_t magic;
    memcpy(&magic, bytes, 4);
    if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d) {
        fprintf(stderr, "replay: %s is no classic capture of this machine's byte order\n", argv[2]);
        return 1;
    }
    struct iovec *frames = 0;
    int64_t known = 0, room = 0;
    for (int64_t at = 24; at + 16 <= status.st_size;) {
        uint32_t size;
        memcpy(&size, bytes + at + 8, 4);
        if (at + 16 + size > status.st_size) break;
        // Shorter ones cannot be sent, and would not be what they were.
        if (size >= 60) {
            if (known == room) frames = realloc(frames, (room = room ? room * 2 : 65536) * sizeof *frames);
            frames[known++] = (struct iovec){bytes + at + 16, size};
        }
        at += 16 + size;
    }
    if (!known) return 1;
    uint8_t *passes = calloc(known, 1);
    int sock = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(argv[1])};
    int on = 1;
    if (sock < 0 || !to.sll_ifindex || bind(sock, (struct sockaddr *)&to, sizeof to) < 0) fail(argv[1]);
    setsockopt(sock, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    struct mmsghdr messages[BATCH];
    memset(messages, 0, sizeof messages);
    int64_t sent = 0, refused = 0, begin = now();
    while (sent + refused < count) {
        int64_t due = begin + (sent + refused) * 1000000000LL / rate, wait = due - now();
        if (wait > 60000) {
            struct timespec pause = {0, wait - 50000};
            nanosleep(&pause, 0);
            continue;
        }
        if (wait > 0) continue;
        int batch = count - sent - refused < BATCH ? (int)(count - sent - refused) : BATCH;
        for (int i = 0; i < batch; i++) {
            int64_t number = first + sent + refused + i, place = number % known;
            uint8_t pass = (uint8_t)(number / known);
            if (passes[place] != pass) turn(frames[place].iov_base, frames[place].iov_len, passes[place], pass);
            passes[place] = pass;
            messages[i].msg_hdr.msg_iov = &frames[place];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        int done = sendmmsg(sock, messages, batch, 0);
        // A frame over the interface's MTU.
        if (done < 0 && errno == EMSGSIZE) refused++;
        else if (done < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR) fail("sendmmsg");
        else if (done > 0) sent += done;
    }
    printf("%lld %.3f\n", (long long)sent, (now() - begin) / 1e9);
    return 0;
}
