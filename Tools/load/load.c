// A generator of load and a model server for it, on loopback, in one file: `cc -O2 -o load load.c`.
//
//   load serve PORT --answer BYTES --tokens N --interval MS      a model server of chats: whole answers, or streams where asked
//   load turns PORT --seconds S --connections C --body FILE …    as fast as it answers
//   load rate PORT --seconds S --rate R --body FILE …            so many a second, each timed from the moment it was due
//             [--flood-rate R --flood-body FILE …]               beside another kind of request, timed apart
//   load streams PORT --streams N --ramp MS --body FILE          streams at once, each read to its end
//
// A file holds the body of one request; several are sent in turns. With --fresh WORD before them the first WORD in each is
// another word of the same length every time that it is sent, so that none was seen before. Prints one line of JSON. Each run is bounded by --seconds or
// --deadline and ends by itself.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FAIL(...) (fprintf(stderr, "load: " __VA_ARGS__), fprintf(stderr, "\n"), exit(2))

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void *grow(void *old, size_t size) {
    void *p = realloc(old, size);
    if (!p) FAIL("no memory");
    return p;
}

// What is to be sent on a connection, and how much of it has been.
struct outgoing { const char *bytes; size_t size, sent; };

static int nonblocking(int fd) {
    int one = 1;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

// The value of a number in a head, or -1.
static long field(const char *head, size_t size, const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i + length < size; i++)
        if (head[i] == '\n' && strncasecmp(head + i + 1, name, length) == 0) return strtol(head + i + 1 + length, NULL, 10);
    return -1;
}

static bool holds(const char *bytes, size_t size, const char *word) { return memmem(bytes, size, word, strlen(word)) != NULL; }

// MARK: The model server

struct session {
    int fd, token;
    char head[4096];
    size_t head_size;
    long body_left;              // -1 while a head is read
    bool streams, waiting;
    struct outgoing out;
    int64_t due;
    struct session *next;        // in the order in which tokens are due
};

static struct {
    char *whole, *first, *middle, *last;
    size_t whole_size, first_size, middle_size, last_size;
    int tokens, poll;
    int64_t interval;
    struct session *soonest, *latest;
} server;

static char *chunk(const char *json, size_t *size) {
    char *out = NULL;
    *size = (size_t)asprintf(&out, "%zx\r\ndata: %s\n\n\r\n", strlen(json) + 8, json);
    return out;
}

#define EVENT(delta, rest) "{\"id\":\"chatcmpl-load\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[" delta "]" rest "}"

static void prepare(long answer) {
    static const char words[] = "The keeper opens the gate when the river is high and closes it again when the boats have passed. ";
    char *text = grow(NULL, (size_t)answer + 1), *json = NULL, *end = NULL;
    for (long i = 0; i < answer; i++) text[i] = words[(size_t)i % (sizeof words - 1)];
    text[answer] = 0;
    int n = asprintf(&json, "{\"id\":\"chatcmpl-load\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":"
        "{\"role\":\"assistant\",\"content\":\"%s\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":%ld,"
        "\"total_tokens\":%ld}}", text, answer / 4, 100 + answer / 4);
    server.whole_size = (size_t)asprintf(&server.whole, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s", n, json);
    size_t size;
    char *opening = chunk(EVENT("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}", ""), &size);
    server.first_size = (size_t)asprintf(&server.first, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n%s", opening);
    server.middle = chunk(EVENT("{\"index\":0,\"delta\":{\"content\":\" river\"},\"finish_reason\":null}", ""), &server.middle_size);
    char *stop = chunk(EVENT("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}", ""), &size);
    char *usage = chunk(EVENT("", ",\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":100,\"total_tokens\":200}"), &size);
    end = chunk("[DONE]", &size);
    server.last_size = (size_t)asprintf(&server.last, "%s%s%s0\r\n\r\n", stop, usage, end);
}

static void wait_for(int fd, void *who, bool writes) {
    struct epoll_event e = {.events = EPOLLIN | (writes ? EPOLLOUT : 0), .data.ptr = who};
    epoll_ctl(server.poll, EPOLL_CTL_MOD, fd, &e);
}

// True if all of it has left.
static bool push(int fd, struct outgoing *out) {
    while (out->sent < out->size) {
        ssize_t n = send(fd, out->bytes + out->sent, out->size - out->sent, MSG_NOSIGNAL);
        if (n <= 0) return false;
        out->sent += (size_t)n;
    }
    return true;
}

static void say(struct session *s, const char *bytes, size_t size) {
    s->out = (struct outgoing){bytes, size, 0};
    if (!push(s->fd, &s->out)) wait_for(s->fd, s, true);
}

static void schedule(struct session *s, int64_t due) {
    s->due = due, s->waiting = true, s->next = NULL;
    if (server.latest) server.latest->next = s; else server.soonest = s;
    server.latest = s;
}

static void leave(struct session *s) {
    close(s->fd);
    s->fd = -1;
    if (!s->waiting) free(s);
}

static void answer(struct session *s) {
    s->head_size = 0, s->body_left = -1;
    if (!s->streams) return say(s, server.whole, server.whole_size);
    s->token = 0;
    say(s, server.first, server.first_size);
    schedule(s, now_us() + server.interval);
}

static void tell_tokens(int64_t now) {
    while (server.soonest && server.soonest->due <= now) {
        struct session *s = server.soonest;
        server.soonest = s->next;
        if (!server.soonest) server.latest = NULL;
        s->waiting = false;
        if (s->fd < 0) { free(s); continue; }
        if (s->out.sent < s->out.size) { schedule(s, now + server.interval); continue; }
        if (++s->token > server.tokens) { say(s, server.last, server.last_size); continue; }
        say(s, server.middle, server.middle_size);
        schedule(s, s->due + server.interval);
    }
}

static bool hear(struct session *s) {
    static char bytes[1 << 18];
    ssize_t n = recv(s->fd, bytes, sizeof bytes, 0);
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    size_t at = 0;
    if (s->body_left < 0) {
        size_t room = sizeof s->head - s->head_size, take = (size_t)n < room ? (size_t)n : room;
        memcpy(s->head + s->head_size, bytes, take);
        s->head_size += take;
        char *end = memmem(s->head, s->head_size, "\r\n\r\n", 4);
        if (!end) return s->head_size < sizeof s->head;
        size_t head = (size_t)(end - s->head) + 4;
        at = head - (s->head_size - take);
        s->body_left = field(s->head, head, "content-length:");
        if (s->body_left < 0) return false;
        // Bodies say at their beginning whether they want a stream.
        s->streams = holds(bytes + at, (size_t)n - at, "\"stream\":true");
    }
    s->body_left -= n - (ssize_t)at;
    if (s->body_left <= 0) answer(s);
    return true;
}

static int serve(int port) {
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = loopback(port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 8192)) FAIL("port %d: %s", port, strerror(errno));
    nonblocking(fd);
    server.poll = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, events[512];
    epoll_ctl(server.poll, EPOLL_CTL_ADD, fd, &e);
    pid_t parent = getppid();
    while (getppid() == parent) {
        int64_t now = now_us();
        tell_tokens(now);
        int wait = server.soonest ? (int)((server.soonest->due - now_us() + 999) / 1000) : 1000;
        int count = epoll_wait(server.poll, events, 512, wait < 0 ? 0 : wait > 1000 ? 1000 : wait);
        for (int i = 0; i < count; i++) {
            struct session *s = events[i].data.ptr;
            if (!s) {
                for (int c; (c = accept(fd, NULL, NULL)) >= 0;) {
                    s = grow(NULL, sizeof *s);
                    memset(s, 0, sizeof *s);
                    s->fd = nonblocking(c), s->body_left = -1;
                    e = (struct epoll_event){.events = EPOLLIN, .data.ptr = s};
                    epoll_ctl(server.poll, EPOLL_CTL_ADD, c, &e);
                }
                continue;
            }
            if (events[i].events & EPOLLOUT && push(s->fd, &s->out)) wait_for(s->fd, s, false);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !hear(s)) leave(s);
        }
    }
    return 0;
}

// MARK: Clients

struct kind {
    char *requests[64];
    size_t sizes[64];
    char *fresh[64];             // where a request's changing word stands, or NULL
    int count, next;
    double rate;
    int64_t sent, ok, filtered, failed;
    uint32_t *times;
    size_t timed, room;
};

struct client {
    int fd;
    struct outgoing out;
    struct kind *kind;
    int64_t due;
    char tail[8];                // the end of what came last
    bool busy, in_head, chunked, filtered, ok;
    char head[4096];
    size_t head_size;
    long left;
    int tokens;
};

static struct {
    int port, connections, poll, streams, ramp;
    double seconds, deadline;
    const char *key, *path, *model, *fresh;
    struct kind kinds[2];
    struct client *clients, **idle;
    int idle_count, busy, peak;
    int64_t tokens, begun, reconnects;
} load = {.connections = 64, .seconds = 3, .deadline = 60, .key = "sk-bench", .path = "/v1/chat/completions"};

static void add_body(struct kind *k, const char *name) {
    if (k->count == 64) FAIL("more than 64 bodies");
    FILE *f = fopen(name, "rb");
    if (!f) FAIL("%s: %s", name, strerror(errno));
    char *body = NULL, *request = NULL;
    size_t size = 0, got;
    do {
        body = grow(body, size + 65536);
        got = fread(body + size, 1, 65536, f);
        size += got;
    } while (got > 0);
    fclose(f);
    int head = asprintf(&request, "POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer %s\r\ncontent-type: application/json\r\n"
        "accept: */*\r\ncontent-length: %zu\r\n\r\n", load.path, load.key, size);
    request = grow(request, (size_t)head + size);
    memcpy(request + head, body, size);
    free(body);
    if (load.fresh && !memmem(request + head, size, load.fresh, strlen(load.fresh))) FAIL("%s: has no %s to make fresh", name, load.fresh);
    k->fresh[k->count] = load.fresh ? memmem(request + head, size, load.fresh, strlen(load.fresh)) : NULL;
    k->requests[k->count] = request, k->sizes[k->count++] = (size_t)head + size;
}

static void connect_client(struct client *c) {
    struct sockaddr_in a = loopback(load.port);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (struct sockaddr *)&a, sizeof a)) FAIL("port %d: %s", load.port, strerror(errno));
    nonblocking(c->fd);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(load.poll, EPOLL_CTL_ADD, c->fd, &e);
}

static void send_rest(struct client *c) {
    bool done = push(c->fd, &c->out);
    struct epoll_event e = {.events = EPOLLIN | (done ? 0 : EPOLLOUT), .data.ptr = c};
    epoll_ctl(load.poll, EPOLL_CTL_MOD, c->fd, &e);
}

// A word of small letters that tells a number, other than the words of its neighbours.
static void make_fresh(char *word, size_t size, uint64_t number) {
    number = (number ^ (uint64_t)getpid() << 32) * 0x9E3779B97F4A7C15ULL;
    for (size_t i = 0; i < size; i++, number = number / 26 ^ number << 59) word[i] = (char)('a' + number % 26);
}

static void begin(struct client *c, struct kind *k, int64_t due) {
    int n = k->next % k->count;
    if (k->fresh[n]) make_fresh(k->fresh[n], strlen(load.fresh), (uint64_t)k->next);
    k->next++;
    c->out = (struct outgoing){k->requests[n], k->sizes[n], 0};
    c->kind = k, c->due = due, c->busy = c->in_head = true, c->filtered = c->ok = false, c->head_size = 0, c->tokens = 0;
    memset(c->tail, 0, sizeof c->tail);
    k->sent++;
    if (++load.busy > load.peak) load.peak = load.busy;
    if (!push(c->fd, &c->out)) send_rest(c);
}

static void finish(struct client *c, bool whole) {
    struct kind *k = c->kind;
    c->busy = false;
    load.busy--;
    if (whole && c->ok) k->ok++; else k->failed++;
    if (c->filtered) k->filtered++;
    if (k->timed == k->room) k->times = grow(k->times, (k->room = k->room ? 2 * k->room : 4096) * sizeof *k->times);
    k->times[k->timed++] = (uint32_t)(now_us() - c->due);
}

// Notes what the next bytes of a body say; true if the answer ends with them.
static bool take(struct client *c, const char *bytes, size_t size) {
    // What stands across two reads is found in the end of the one before, joined to the beginning of this.
    char seam[16];
    size_t front = size < 7 ? size : 7;
    memcpy(seam, c->tail, 8);
    memcpy(seam + 8, bytes, front);
    for (const char *p = bytes, *end = bytes + size; (p = memmem(p, (size_t)(end - p), "\ndata: ", 7)); p += 7) c->tokens++;
    for (size_t i = 2; i < 8; i++) c->tokens += i + 7 <= 8 + front && memcmp(seam + i, "\ndata: ", 7) == 0;
    if (!c->filtered) c->filtered = holds(bytes, size, "content_filter");
    if (size >= 8) memcpy(c->tail, bytes + size - 8, 8);
    else memmove(c->tail, c->tail + size, 8 - size), memcpy(c->tail + 8 - size, bytes, size);
    if (c->chunked) return memcmp(c->tail + 3, "0\r\n\r\n", 5) == 0;
    return (c->left -= (long)size) <= 0;
}

// False if the connection is lost.
static bool listen_to(struct client *c) {
    static char bytes[1 << 17];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    if (!c->busy) return true;
    size_t at = 0;
    if (c->in_head) {
        size_t room = sizeof c->head - c->head_size, some = (size_t)n < room ? (size_t)n : room;
        memcpy(c->head + c->head_size, bytes, some);
        c->head_size += some;
        char *end = memmem(c->head, c->head_size, "\r\n\r\n", 4);
        if (!end) return c->head_size < sizeof c->head;
        size_t head = (size_t)(end - c->head) + 4;
        at = head - (c->head_size - some);
        c->in_head = false;
        c->ok = memcmp(c->head, "HTTP/1.1 200", 12) == 0;
        c->left = field(c->head, head, "content-length:");
        c->chunked = c->left < 0;
        if (c->left == 0 || (size_t)n == at) { if (c->left == 0) finish(c, true); return true; }
    }
    if (take(c, bytes + at, (size_t)n - at)) {
        load.tokens += c->tokens;
        finish(c, true);
    }
    return true;
}

static void reconnect(struct client *c) {
    close(c->fd);
    if (c->busy) finish(c, false);
    load.reconnects++;
    connect_client(c);
}

static void poll_clients(int64_t wait_us) {
    struct epoll_event events[512];
    struct timespec wait = {wait_us / 1000000, wait_us % 1000000 * 1000};
    int count = epoll_pwait2(load.poll, events, 512, &wait, NULL);
    for (int i = 0; i < count; i++) {
        struct client *c = events[i].data.ptr;
        bool was = c->busy;
        if (events[i].events & EPOLLOUT) send_rest(c);
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !listen_to(c)) reconnect(c);
        if (was && !c->busy && load.idle_count < load.connections) load.idle[load.idle_count++] = c;
    }
}

static void open_clients(int count) {
    load.poll = epoll_create1(0);
    load.clients = calloc((size_t)count, sizeof *load.clients);
    load.idle = calloc((size_t)count, sizeof *load.idle);
    for (int i = 0; i < count; i++) connect_client(&load.clients[i]), load.idle[load.idle_count++] = &load.clients[i];
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void report(double wall) {
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    printf("{\"seconds\":%.3f,\"own_cpu_s\":%.3f,\"tokens\":%ld,\"peak\":%d,\"reconnects\":%ld,\"kinds\":[", wall,
        own.ru_utime.tv_sec + own.ru_stime.tv_sec + (own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6, (long)load.tokens, load.peak, (long)load.reconnects);
    for (int i = 0; i < 2 && load.kinds[i].count; i++) {
        struct kind *k = &load.kinds[i];
        qsort(k->times, k->timed, sizeof *k->times, by_size);
        printf("%s{\"sent\":%ld,\"ok\":%ld,\"filtered\":%ld,\"failed\":%ld", i ? "," : "", (long)k->sent, (long)k->ok, (long)k->filtered, (long)k->failed);
        static const struct { const char *name; double q; } ranks[] = {{"p50", .5}, {"p90", .9}, {"p99", .99}, {"p999", .999}, {"max", 1}};
        for (size_t r = 0; r < 5 && k->timed; r++) {
            size_t at = (size_t)(ranks[r].q * (double)k->timed);
            printf(",\"%s_us\":%u", ranks[r].name, k->times[at < k->timed ? at : k->timed - 1]);
        }
        printf("}");
    }
    printf("]}\n");
}

// One connection after another takes up the next request as soon as it is free.
static void take_turns(void) {
    open_clients(load.connections);
    int64_t began = now_us(), end = began + (int64_t)(load.seconds * 1e6), last = end + 10000000;
    for (int64_t now = began; now < end || (load.busy && now < last); now = now_us()) {
        while (now < end && load.idle_count) begin(load.idle[--load.idle_count], &load.kinds[0], now);
        poll_clients(100000);
    }
    report((now_us() - began) / 1e6);
}

// Requests are due at equal distances, whatever became of those before.
static void keep_rate(void) {
    open_clients(load.connections);
    int64_t began = now_us(), end = began + (int64_t)(load.seconds * 1e6), last = end + 10000000;
    double due[2] = {0, load.kinds[1].rate > 0 ? 5e5 / load.kinds[1].rate : 0};
    for (int64_t now = began; now < end || (load.busy && now < last); now = now_us()) {
        int64_t next = end;
        for (int i = 0; i < 2 && load.kinds[i].rate > 0; i++) {
            while (began + (int64_t)due[i] <= now && began + (int64_t)due[i] < end && load.idle_count) {
                begin(load.idle[--load.idle_count], &load.kinds[i], began + (int64_t)due[i]);
                due[i] += 1e6 / load.kinds[i].rate;
            }
            if (began + (int64_t)due[i] < next) next = began + (int64_t)due[i];
        }
        int64_t wait = next - now_us();
        poll_clients(!load.idle_count ? 10000 : wait > 0 ? wait : 0);
    }
    report((now_us() - began) / 1e6);
}

static void hold_streams(void) {
    open_clients(load.streams);
    load.idle_count = 0;
    int64_t began = now_us(), last = began + (int64_t)(load.deadline * 1e6);
    int started = 0;
    for (int64_t now = began; (started < load.streams || load.busy) && now < last; now = now_us()) {
        while (started < load.streams && began + (int64_t)load.ramp * 1000 * started / load.streams <= now)
            begin(&load.clients[started++], &load.kinds[0], now);
        poll_clients(1000);
    }
    report((now_us() - began) / 1e6);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1000UL);
    if (argc < 3) FAIL("load serve|turns|rate|streams PORT …; the file says more");
    const char *mode = argv[1];
    load.port = atoi(argv[2]);
    long size = 1024;
    server.tokens = 100, server.interval = 20000;
    for (int i = 3; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (!strcmp(name, "--answer")) size = atol(value);
        else if (!strcmp(name, "--tokens")) server.tokens = atoi(value);
        else if (!strcmp(name, "--interval")) server.interval = atol(value) * 1000;
        else if (!strcmp(name, "--fresh")) {
            if (load.kinds[0].count + load.kinds[1].count) FAIL("--fresh must stand before every body");
            load.fresh = value;
        }
        else if (!strcmp(name, "--key")) load.key = value;
        else if (!strcmp(name, "--path")) load.path = value;
        else if (!strcmp(name, "--seconds")) load.seconds = atof(value);
        else if (!strcmp(name, "--deadline")) load.deadline = atof(value);
        else if (!strcmp(name, "--connections")) load.connections = atoi(value);
        else if (!strcmp(name, "--streams")) load.streams = atoi(value);
        else if (!strcmp(name, "--ramp")) load.ramp = atoi(value);
        else if (!strcmp(name, "--rate")) load.kinds[0].rate = atof(value);
        else if (!strcmp(name, "--flood-rate")) load.kinds[1].rate = atof(value);
        else if (!strcmp(name, "--body")) add_body(&load.kinds[0], value);
        else if (!strcmp(name, "--flood-body")) add_body(&load.kinds[1], value);
        else FAIL("unknown: %s", name);
    }
    if (!strcmp(mode, "serve")) return prepare(size), serve(load.port);
    if (!load.kinds[0].count) FAIL("--body FILE is missing");
    if (!strcmp(mode, "turns")) take_turns();
    else if (!strcmp(mode, "rate")) keep_rate();
    else if (!strcmp(mode, "streams")) hold_streams();
    else FAIL("unknown: %s", mode);
    return 0;
}
