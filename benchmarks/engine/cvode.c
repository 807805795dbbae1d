/* CVODE with the KLU solver of sparse systems, from dose to dose. The text that cvode_source.py writes stands before
   this: STATES, CONSTANTS, ENTRIES, starts, rows, rates and slopes. */

#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <string.h>
#include <sunlinsol/sunlinsol_klu.h>
#include <sunmatrix/sunmatrix_sparse.h>

static int rates_of(sunrealtype t, N_Vector y, N_Vector out, void *p) {
  double *slope = N_VGetArrayPointer(out), sum = 0.0;
  rates(t, N_VGetArrayPointer(y), p, slope);
  for (int i = 0; i < STATES; i++) sum += 0.0 * slope[i];
  return sum == sum ? 0 : 1; /* not a number: CVODE tries a shorter step */
}

static int slopes_of(sunrealtype t, N_Vector y, N_Vector f, SUNMatrix m, void *p, N_Vector a, N_Vector b, N_Vector c) {
  sunindextype *column = SUNSparseMatrix_IndexPointers(m), *row = SUNSparseMatrix_IndexValues(m);
  for (int i = 0; i <= STATES; i++) column[i] = starts[i];
  for (int i = 0; i < ENTRIES; i++) row[i] = rows[i];
  slopes(t, N_VGetArrayPointer(y), p, SUNSparseMatrix_Data(m));
  return 0;
}

const char *sundials(void) { return SUNDIALS_VERSION; }

/* Doses of a patient: hours, state (adds) or constant (takes its place), value. */
struct doses {
  const double *hours, *value;
  const long *adds, *place;
  long count;
};

static int patient(void *cvode, N_Vector y, double *p, struct doses doses, long saves, const double *times,
                   double *out) {
  double *state = N_VGetArrayPointer(y), now = 0.0, reached;
  const double end = times[saves - 1];
  long saved = 0, dose = 0;
  while (saved < saves) {
    for (; dose < doses.count && doses.hours[dose] <= now + 1e-9; dose++) {
      if (doses.adds[dose]) state[doses.place[dose]] += doses.value[dose];
      else p[doses.place[dose]] = doses.value[dose];
    }
    const double stop = dose < doses.count && doses.hours[dose] < end ? doses.hours[dose] : end;
    int flag = CVodeReInit(cvode, now, y);
    if (flag == CV_SUCCESS) flag = CVodeSetStopTime(cvode, stop);
    if (flag != CV_SUCCESS) return flag;
    for (; saved < saves && times[saved] < stop - 1e-9; saved++) {
      if ((flag = CVode(cvode, times[saved], y, &reached, CV_NORMAL)) < 0) return flag;
      memcpy(out + saved * STATES, state, sizeof(double) * STATES);
    }
    if ((flag = CVode(cvode, stop, y, &reached, CV_NORMAL)) < 0) return flag;
    if (saved < saves && times[saved] < stop + 1e-9) memcpy(out + saved++ * STATES, state, sizeof(double) * STATES);
    now = stop;
  }
  return CV_SUCCESS;
}

/* Solve `count` patients; `full` (count x CONSTANTS) is written to by doses, `value` is count x doses. Return the
   number of patients solved, which is less than `count` where CVODE gave one up. */
long course(long count, double *full, const double *start, long doses, const double *hours, const long *adds,
            const long *place, const double *value, long saves, const double *times, double rtol, const double *atol,
            long most_steps, double *out) {
  SUNContext context;
  if (SUNContext_Create(NULL, &context)) return -1;
  N_Vector y = N_VNew_Serial(STATES, context), tolerance = N_VMake_Serial(STATES, (double *)atol, context);
  SUNMatrix matrix = SUNSparseMatrix(STATES, STATES, ENTRIES, CSC_MAT, context);
  SUNLinearSolver klu = SUNLinSol_KLU(y, matrix, context);
  void *cvode = CVodeCreate(CV_BDF, context);
  N_VConst(0.0, y);
  int flag = CVodeInit(cvode, rates_of, 0.0, y);
  flag |= SUNLinSol_KLUSetOrdering(klu, 0); /* AMD: faster here than COLAMD, which is usual */
  flag |= CVodeSVtolerances(cvode, rtol, tolerance) | CVodeSetLinearSolver(cvode, klu, matrix);
  flag |= CVodeSetJacFn(cvode, slopes_of) | CVodeSetMaxNumSteps(cvode, most_steps);
  flag |= CVodeSetErrFile(cvode, NULL);
  long solved = 0;
  for (; flag == 0 && solved < count; solved++) {
    double *own = full + solved * CONSTANTS;
    struct doses given = {hours, value + solved * doses, adds, place, doses};
    memcpy(N_VGetArrayPointer(y), start + solved * STATES, sizeof(double) * STATES);
    if (CVodeSetUserData(cvode, own) != CV_SUCCESS) break;
    if (patient(cvode, y, own, given, saves, times, out + solved * saves * STATES) != CV_SUCCESS) break;
  }
  CVodeFree(&cvode);
  SUNLinSolFree(klu);
  SUNMatDestroy(matrix);
  N_VDestroy(tolerance);
  N_VDestroy(y);
  SUNContext_Free(&context);
  return flag ? -1 : solved;
}
