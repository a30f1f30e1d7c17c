// Answers that are small on the wire and huge in memory, and thousands of API groups: the figures stay small, and what
// was wrong is said.
#ifndef TESTS_FAULTS_BALLOONS_H
#define TESTS_FAULTS_BALLOONS_H

int balloons(void); // the number of failures; measures the whole process

#endif
