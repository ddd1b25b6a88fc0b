/* The benchmark model as a plain C program: a binary heap of moments, lines of tasks, no log.
   Built and run by test_speed.py where there is a C compiler: plain REPLICATIONS prints, for each, CPU seconds,
   events, customers, won deals and visits. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPS = 10, PRESALES = 2, STAGES = 5, MOST = 8192 };
static const double HORIZON = 4160, RATE = 925.0 / 2080;
static const double HOURS[STAGES] = {4, 7, 10, 12, 8}, HELP[STAGES] = {0, 0, 4, 5, 0};
static const double DELAY[STAGES] = {60, 80, 100, 100, 80}, ADVANCE[STAGES] = {.70, .65, .60, .60, .70};
enum { ARRIVE, REP_DONE, HELP_DONE, READY };

typedef struct { double time; int kind, who, deal; } Moment;
typedef struct { int first, last, busy; } Line;
static Moment heap[4 * MOST];
static int moments, next_of[MOST], stage_of[MOST], owner_of[MOST], visits_of[MOST], won_of[MOST];
static Line reps[REPS], helpers;
static uint64_t luck[2];

static inline double uniform(void) { /* xoroshiro128+ */
    uint64_t a = luck[0], b = luck[1], sum = a + b;
    b ^= a;
    luck[0] = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
    luck[1] = (b << 37) | (b >> 27);
    return ((sum >> 12) + 0.5) * 0x1p-52;
}
static double normal(void) {
    static double spare;
    static int has;
    if (has) { has = 0; return spare; }
    double u, v, s;
    do { u = 2 * uniform() - 1; v = 2 * uniform() - 1; s = u * u + v * v; } while (s >= 1 || s == 0);
    s = sqrt(-2 * log(s) / s);
    has = 1; spare = v * s;
    return u * s;
}
static double lognormal(double mean) {
    static double sd;
    if (!sd) sd = sqrt(log1p(.8 * .8));
    return exp(log(mean) - sd * sd / 2 + sd * normal());
}
static double weibull(double mean) {
    static double gamma;
    if (!gamma) gamma = tgamma(1 + 1 / 1.5);
    return mean / gamma * pow(-log(uniform()), 1 / 1.5);
}
static void push(double time, int kind, int who, int deal) {
    if (time >= HORIZON) return;
    int at = moments++;
    while (at && heap[(at - 1) / 2].time > time) { heap[at] = heap[(at - 1) / 2]; at = (at - 1) / 2; }
    heap[at] = (Moment){time, kind, who, deal};
}
static Moment pop(void) {
    Moment top = heap[0], last = heap[--moments];
    int at = 0, child;
    while ((child = 2 * at + 1) < moments) {
        if (child + 1 < moments && heap[child + 1].time < heap[child].time) child++;
        if (last.time <= heap[child].time) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return top;
}
static void join(Line *line, int deal) {
    next_of[deal] = -1;
    if (line->first < 0) line->first = deal; else next_of[line->last] = deal;
    line->last = deal;
}
static int leave(Line *line) {
    int deal = line->first;
    line->first = next_of[deal];
    return deal;
}
static void rep_starts(double now, int rep) {
    if (reps[rep].busy || reps[rep].first < 0) return;
    int deal = leave(&reps[rep]);
    reps[rep].busy = 1;
    push(now + lognormal(HOURS[stage_of[deal]]), REP_DONE, rep, deal);
}
static void help_starts(double now) {
    while (helpers.busy < PRESALES && helpers.first >= 0) {
        int deal = leave(&helpers);
        helpers.busy++;
        push(now + lognormal(HELP[stage_of[deal]]), HELP_DONE, 0, deal);
    }
}
static void enter(double now, int deal, int stage) {
    stage_of[deal] = stage;
    visits_of[deal]++;
    join(&reps[owner_of[deal]], deal);
    rep_starts(now, owner_of[deal]);
}
int main(int count, char **words) {
    int replications = count > 1 ? atoi(words[1]) : 1;
    for (int replication = 0; replication < replications; replication++) {
        clock_t began = clock();
        luck[0] = 0x9E3779B97F4A7C15u * (replication + 1); luck[1] = 0xD2B74407B1CE6E93u ^ replication;
        for (int k = 0; k < 16; k++) uniform();
        int events = 0, born = 0, won = 0, visits = 0;
        moments = 0;
        for (int rep = 0; rep < REPS; rep++) reps[rep] = (Line){-1, -1, 0};
        helpers = (Line){-1, -1, 0};
        push(-log(uniform()) / RATE, ARRIVE, 0, 0);
        while (moments) {
            Moment m = pop();
            double now = m.time;
            int deal = m.deal, stage = stage_of[deal];
            events++;
            if (m.kind == ARRIVE) {
                if (born == MOST) return 1;
                deal = born++;
                visits_of[deal] = won_of[deal] = 0;
                owner_of[deal] = (int)(uniform() * REPS);
                enter(now, deal, 0);
                push(now - log(uniform()) / RATE, ARRIVE, 0, 0);
            } else if (m.kind == REP_DONE) {
                reps[m.who].busy = 0;
                if (HELP[stage] > 0) { join(&helpers, deal); help_starts(now); }
                else push(now + weibull(DELAY[stage]), READY, 0, deal);
                rep_starts(now, m.who);
            } else if (m.kind == HELP_DONE) {
                helpers.busy--;
                push(now + weibull(DELAY[stage]), READY, 0, deal);
                help_starts(now);
            } else if (uniform() < ADVANCE[stage]) {
                if (stage + 1 == STAGES) won_of[deal] = 1; else enter(now, deal, stage + 1);
            }
        }
        for (int deal = 0; deal < born; deal++) { won += won_of[deal]; visits += visits_of[deal]; }
        printf("%.6f %d %d %d %d\n", (double)(clock() - began) / CLOCKS_PER_SEC, events, born, won, visits);
    }
    return 0;
}
