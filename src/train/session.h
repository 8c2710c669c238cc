/* What is inside a predictor, for those who run its plan themselves (the server). */
#ifndef TRAIN_SESSION_H
#define TRAIN_SESSION_H

#include "mica/session.h"
#include "plan/plan.h"

const plan *predictor_plan(const mica_predictor *p);

#endif
