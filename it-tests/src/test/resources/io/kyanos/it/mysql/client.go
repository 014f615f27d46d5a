// What a program does with Go's driver. Tables are those of MysqlServer.
// Usage: program PORT OPTIONS STEP..., where OPTIONS are the driver's, as in interpolateParams=true; says what came of each step.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-sql-driver/mysql"
)

func main() {
	mysql.RegisterLocalFile(os.Getenv("ROWS"))
	db, err := sql.Open("mysql", "kyanos:secret@tcp(127.0.0.1:"+os.Args[1]+")/shop?"+os.Args[2])
	expect(err)
	// what is said of one connection is said in order
	db.SetMaxOpenConns(1)
	for _, step := range os.Args[3:] {
		name, argument, _ := strings.Cut(step, ":")
		switch name {
		case "text":
			text(db)
		case "prepared":
			prepared(db)
		case "kept":
			kept(db)
		case "transaction":
			transaction(db)
		case "results":
			results(db)
		case "file":
			change(db.Exec("LOAD DATA LOCAL INFILE '" + argument + "' INTO TABLE orders"))
			change(db.Exec("DELETE FROM orders"))
		case "ping":
			expect(db.PingContext(context.Background()))
		default:
			panic(step)
		}
		fmt.Println("done", step)
	}
	expect(db.Close())
	fmt.Println("closed")
}

func text(db *sql.DB) {
	for i := 1; i <= 5; i++ {
		change(db.Exec(fmt.Sprintf("INSERT INTO orders VALUES (%d, 'name')", i)))
	}
	_, err := db.Exec("INSERT INTO orders VALUES (1, 'again')")
	fails(err)
	_, err = db.Query("SELECT * FROM nothing_like_it")
	fails(err)
	rows(db.Query("SELECT id FROM numbered"))
	change(db.Exec("UPDATE orders SET name = 'other'"))
	change(db.Exec("DELETE FROM orders"))
}

// With parameters, which the driver prepares each time unless told to interpolate.
func prepared(db *sql.DB) {
	for i := 1; i <= 5; i++ {
		change(db.Exec("INSERT INTO orders VALUES (?, ?)", i, "name"))
	}
	_, err := db.Exec("INSERT INTO orders VALUES (?, ?)", 1, "again")
	fails(err)
	_, err = db.Query("SELECT * FROM nothing_like_it WHERE id = ?", 1)
	fails(err)
	for i := 1; i <= 3; i++ {
		rows(db.Query("SELECT id FROM numbered WHERE id <= ?", i*5))
	}
	change(db.Exec("DELETE FROM orders WHERE id >= ?", 1))
}

// Prepared once.
func kept(db *sql.DB) {
	selecting, err := db.Prepare("SELECT id FROM numbered WHERE id <= ?")
	expect(err)
	for i := 1; i <= 3; i++ {
		rows(selecting.Query(i * 5))
	}
	expect(selecting.Close())
}

func transaction(db *sql.DB) {
	tx, err := db.Begin()
	expect(err)
	change(tx.Exec("INSERT INTO orders VALUES (200, 'kept')"))
	expect(tx.Commit())
	tx, err = db.Begin()
	expect(err)
	change(tx.Exec("DELETE FROM orders"))
	expect(tx.Rollback())
	change(db.Exec("DELETE FROM orders"))
}

func results(db *sql.DB) {
	found, err := db.Query("SELECT id FROM numbered; SELECT 1")
	expect(err)
	for more := true; more; more = found.NextResultSet() {
		count := 0
		for found.Next() {
			count++
		}
		fmt.Println("rows", count)
	}
	expect(found.Err())
}

func rows(found *sql.Rows, err error) {
	expect(err)
	count := 0
	for found.Next() {
		count++
	}
	expect(found.Err())
	fmt.Println("rows", count)
}

func change(result sql.Result, err error) {
	expect(err)
	affected, err := result.RowsAffected()
	expect(err)
	fmt.Println("affected", affected)
}

func fails(err error) {
	var said *mysql.MySQLError
	if !errors.As(err, &said) {
		panic(fmt.Sprint("did not fail: ", err))
	}
	fmt.Println("failed", said.Number, string(said.SQLState[:]))
}

func expect(err error) {
	if err != nil {
		panic(err)
	}
}
