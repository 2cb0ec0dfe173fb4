# Compiler and linker flags of every target: dialect, warnings, hardening.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
# -DNDEBUG would change what tests see; nothing here uses assert() for effects.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
# _FORTIFY_SOURCE needs an optimising compiler, in debug builds too.
set(CMAKE_C_FLAGS_DEBUG "-Og -g3")

add_compile_definitions(_GNU_SOURCE _FILE_OFFSET_BITS=64 GHWARD_VERSION="${PROJECT_VERSION}")
add_compile_options(
  -Wall -Wextra -Werror -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -Wformat=2 -Wundef -Wpointer-arith -fno-common)

add_compile_options(
  -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
  -ffunction-sections -fdata-sections)
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
  # clang wants a literal format even beside a va_list; gcc knows that case and checks the others.
  add_compile_options(-Wno-unused-command-line-argument -Wno-format-nonliteral)
  if(CMAKE_C_COMPILER_VERSION VERSION_LESS 16)
    # Zero-initialisation was still on trial.
    add_compile_options(-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang)
  endif()
endif()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-fcf-protection=full)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  add_compile_options(-mbranch-protection=standard)
endif()
# The sanitisers check more, and their interceptors do not know the _chk functions.
if(NOT GHWARD_SANITIZE)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed
                 -Wl,--gc-sections)

if(GHWARD_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(GHWARD_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "GHWARD_FUZZ needs clang: use the preset fuzz or sanitize")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(GHWARD_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
if(GHWARD_ANALYZE)
  add_compile_options(-fanalyzer)
endif()
