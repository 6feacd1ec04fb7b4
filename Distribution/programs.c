// All commands as one program: the name that it is called by chooses. What every command needs, Swift's
// runtime and Unicode's tables above all, is then there once.
//
// Compiled with -DPROGRAMS='PROGRAM(pbe_sample) …': Swift's own mains have the modules' names.
#include <stdio.h>
#include <string.h>

#define PROGRAM(module) int module##_main(int, char **);
PROGRAMS
#undef PROGRAM

typedef struct {
  const char *module;
  int (*main)(int, char **);
} Program;

static const Program programs[] = {
#define PROGRAM(module) {#module, module##_main},
    PROGRAMS
#undef PROGRAM
};

// Whether a command's name, pbe-sample, is that of a module, pbe_sample.
static int names(const char *command, const char *module) {
  for (; *command && *module; command++, module++) {
    if (*command != *module && !(*command == '-' && *module == '_')) return 0;
  }
  return *command == *module;
}

int main(int argc, char **argv) {
  const char *path = argc > 0 ? argv[0] : "";
  const char *slash = strrchr(path, '/');
  const char *command = slash ? slash + 1 : path;
  for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
    if (names(command, programs[i].module)) return programs[i].main(argc, argv);
  }
  fprintf(stderr, "error: %s is none of the commands; call it by one of the links in bin\n", path);
  return 2;
}
