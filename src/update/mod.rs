//! A newer program in the place of this one: fetched, tried on a copy, put in place, watched, put back.
//! Not what the vendor says is new: link/update.
