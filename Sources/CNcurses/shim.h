// Wide characters (X/Open Curses issue 7), and functions where curses has macros and global variables.
#ifndef VONGGAC_CNCURSES_H
#define VONGGAC_CNCURSES_H

#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR 1
#include <locale.h>
#include <stdio.h>
#include <wchar.h>
#include <ncursesw/curses.h>
#include <ncursesw/term.h>
// term.h names the entries of the terminal's description by macros such as `columns` and `lines`; nobody needs those.
#undef columns
#undef lines

/// Takes the terminal of standard input and output; NULL where TERM is not known. Never ends the program, as initscr does.
static inline SCREEN *curses_open(void) { return newterm(NULL, stdout, stdin); }

static inline int curses_rows(void) { return getmaxy(stdscr); }
static inline int curses_columns(void) { return getmaxx(stdscr); }
static inline int curses_colour_count(void) { return COLORS; }
static inline void curses_keypad(void) { keypad(stdscr, TRUE); }
static inline void curses_no_wait(void) { nodelay(stdscr, TRUE); }
static inline void curses_refresh(void) { wrefresh(stdscr); }
static inline void curses_erase(void) { werase(stdscr); }
static inline void curses_repaint(void) { clearok(stdscr, TRUE); }
static inline void curses_move(int row, int column) { wmove(stdscr, row, column); }

/// Takes the text between the escape sequences of arrow keys: 0 for "as terminfo says".
static inline void curses_escape_delay(int milliseconds) { set_escdelay(milliseconds); }

/// Puts one character with its marks (at most CCHARW_MAX wide characters, ended by 0) into a cell.
static inline int curses_put(int row, int column, const wchar_t *text, unsigned attributes, short pair) {
    cchar_t cell;
    if (setcchar(&cell, text, (attr_t)attributes, pair, NULL) == ERR) return ERR;
    return mvwadd_wch(stdscr, row, column, &cell);
}

/// A key: OK with a character, KEY_CODE_YES with a key's code, or ERR.
static inline int curses_key(unsigned *key) {
    wint_t code = 0;
    int kind = wget_wch(stdscr, &code);
    *key = (unsigned)code;
    return kind;
}

static inline unsigned curses_bold(void) { return (unsigned)A_BOLD; }
static inline unsigned curses_dim(void) { return (unsigned)A_DIM; }
static inline unsigned curses_reverse(void) { return (unsigned)A_REVERSE; }
static inline unsigned curses_underline(void) { return (unsigned)A_UNDERLINE; }

#endif
